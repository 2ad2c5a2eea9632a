import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app.jsx';
import './tracker.js';

createRoot(document.getElementById('root'), {
  // The browser hears nothing of what an error boundary has caught.
  onCaughtError: (error) => reportError(error),
}).render(
  <StrictMode>
    <BrowserRouter>
      <App />
    </BrowserRouter>
  </StrictMode>,
);
