import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app.jsx';
import './tracker.js';

createRoot(document.getElementById('root'), {
  // Reports errors that an error boundary catches: the browser does not see them.
  onCaughtError: (error) => reportError(error),
}).render(
  <StrictMode>
    <BrowserRouter>
      <App />
    </BrowserRouter>
  </StrictMode>,
);
