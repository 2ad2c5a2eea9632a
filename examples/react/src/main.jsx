import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, Link, Route, Routes, useParams } from 'react-router';
import { tracker } from './tracker.js';

const TEAS = { sencha: 'Sencha', oolong: 'Oolong' };

function App() {
  return (
    <>
      <nav>
        <Link to="/">Home</Link> <Link to="/teas">Teas</Link>{' '}
        <a href="/dashboard.html">Dashboard</a>
      </nav>
      <main>
        <Routes>
          <Route path="/" element={<Home />} />
          <Route path="/teas" element={<Teas />} />
          <Route path="/teas/:id" element={<Tea />} />
        </Routes>
      </main>
    </>
  );
}

function Home() {
  return (
    <>
      <Heading text="Home" />
      <p>Each route is recorded as a view, without further code.</p>
    </>
  );
}

function Teas() {
  return (
    <>
      <Heading text="Teas" />
      <ul>
        {Object.entries(TEAS).map(([id, name]) => (
          <li key={id}>
            <Link to={`/teas/${id}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Tea() {
  const { id } = useParams();
  const buy = () => tracker.track({ event: 'add_to_cart', product_id: id });
  return (
    <>
      <Heading text={TEAS[id]} />
      <button type="button" onClick={buy}>
        Add to cart
      </button>
    </>
  );
}

/** React moves the title into the document's head; `page_view` records it. */
function Heading({ text }) {
  return (
    <>
      <title>{text}</title>
      <h1>{text}</h1>
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <BrowserRouter>
      <App />
    </BrowserRouter>
  </StrictMode>,
);
