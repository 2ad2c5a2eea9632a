import { AddToCart } from '../tracking.jsx';

export const metadata = { title: 'Teas' };

export default function Teas() {
  return (
    <>
      <h1>Teas</h1>
      <p>
        Sencha <AddToCart product="sencha" />
      </p>
    </>
  );
}
