import { Component, useEffect, useState } from 'react';
import { Link, Navigate, Route, Routes, useNavigate, useParams } from 'react-router';
import { tracker } from './tracker.js';

const PLANTS = { fern: 'Fern', ivy: 'Ivy' };

export function App() {
  return (
    <>
      <nav>
        <Link to="/">Home</Link> <Link to="/plants">Plants</Link> <Link to="/shop">Shop</Link>{' '}
        <Link to="/contact">Contact</Link>{' '}
        <a href="https://partner.example.com/next.html">Partner</a>
      </nav>
      <main>
        <Routes>
          <Route path="/" element={<Home />} />
          <Route path="/plants" element={<Plants />} />
          <Route path="/plants/:id" element={<Plant />} />
          <Route path="/shop" element={<Navigate to="/plants" replace />} />
          <Route path="/contact" element={<Contact />} />
          <Route path="/thanks" element={<Thanks />} />
        </Routes>
      </main>
    </>
  );
}

function Heading({ children }) {
  useEffect(() => {
    document.title = children;
  }, [children]);
  return <h1>{children}</h1>;
}

function Home() {
  return <Heading>Home</Heading>;
}

function Plants() {
  return (
    <>
      <Heading>Plants</Heading>
      <ul>
        {Object.entries(PLANTS).map(([id, name]) => (
          <li key={id}>
            <Link to={`/plants/${id}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Plant() {
  const { id } = useParams();
  const [text, setText] = useState('');
  const [isPreviewed, setIsPreviewed] = useState(false);
  const buy = () => {
    setText('It is yours.');
    tracker.track({ event: 'add_to_basket', product_id: id });
  };
  const showStock = async () => {
    const stock = await (await fetch('/stock.json')).json();
    setText(`${stock[id]} left`);
  };
  const showPrice = () => {
    setText('One moment');
    throw new Error('no price');
  };
  return (
    <>
      <Heading>{PLANTS[id]}</Heading>
      <button type="button" id="buy" data-track-product-id={id} onClick={buy}>
        Buy
      </button>
      <button type="button" id="stock" onClick={showStock}>
        Stock
      </button>
      <button type="button" id="price" onClick={showPrice}>
        Price
      </button>
      <button type="button" id="preview" onClick={() => setIsPreviewed(true)}>
        Preview
      </button>
      <output>{text}</output>
      <Boundary>{isPreviewed && <Preview />}</Boundary>
    </>
  );
}

function Preview() {
  throw new Error('no preview');
}

class Boundary extends Component {
  state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  render() {
    return this.state.hasFailed ? <p>There is none.</p> : this.props.children;
  }
}

function Contact() {
  const [email, setEmail] = useState('');
  const navigate = useNavigate();
  const send = (event) => {
    event.preventDefault();
    navigate('/thanks');
  };
  return (
    <>
      <Heading>Contact</Heading>
      <form id="contact" onSubmit={send}>
        <label>
          E-mail{' '}
          <input
            name="email"
            type="email"
            required
            value={email}
            onChange={({ target }) => setEmail(target.value)}
          />
        </label>
        <button type="submit">Send</button>
      </form>
    </>
  );
}

function Thanks() {
  return <Heading>Thanks</Heading>;
}
