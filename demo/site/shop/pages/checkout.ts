// checkout.html: an order with invented fields. They have no names and nobody reads them: they are not sent
// with the form, and of what is recorded by itself no value is a part.

import { byId, element } from '../../dom.ts';
import { tracker } from '../../tracker.ts';
import { cartFigures, emptyCart, orderFields, readCart } from '../cart.ts';
import { formatPrice } from '../catalogue.ts';

export const LAST_ORDER = 'leaf-and-kiln.last-order';

const DELIVERY_CENTS = { standard: 490, express: 990 } as const;

export function showCheckout(): void {
  const lines = readCart();
  byId('checkout-empty').hidden = lines.length > 0;
  byId('checkout').hidden = lines.length === 0;
  byId('summary-lines').replaceChildren(
    ...lines.map(({ product, quantity }) =>
      element(
        'li',
        {},
        element('span', {}, `${quantity} × ${product.name}`),
        element('span', {}, formatPrice(quantity * product.priceCents)),
      ),
    ),
  );
  drawTotal();
  const form = byId<HTMLFormElement>('order-form');
  form.onchange = drawTotal;
  form.onsubmit = placeOrder;
}

function chosenDelivery(): keyof typeof DELIVERY_CENTS {
  return byId<HTMLInputElement>('delivery-express').checked ? 'express' : 'standard';
}

function drawTotal(): void {
  const deliveryCents = DELIVERY_CENTS[chosenDelivery()];
  byId('summary-delivery').textContent = formatPrice(deliveryCents);
  byId('summary-total').textContent = formatPrice(cartFigures().orderValueCents + deliveryCents);
}

/** Runs when the browser found every field valid; the form then goes on to thanks.html. */
function placeOrder(): void {
  const lines = readCart();
  if (lines.length === 0) return; // pressed twice: the order is on its way
  const delivery = chosenDelivery();
  const order_id = orderId();
  tracker.track({
    event: 'purchase',
    order_id,
    ...orderFields(lines),
    delivery,
    delivery_price_cents: DELIVERY_CENTS[delivery],
    // An array is stored as its JSON text.
    items: lines.map(({ product, quantity }) => ({ product_id: product.id, quantity })),
  });
  emptyCart();
  try {
    sessionStorage.setItem(LAST_ORDER, order_id);
  } catch {
    // storage is blocked: the thank-you page goes without the number
  }
}

function orderId(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `LK-${String(number % 1_000_000).padStart(6, '0')}`;
}
