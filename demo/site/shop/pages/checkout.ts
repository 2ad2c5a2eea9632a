// checkout.html: the order form. The address fields have no names, so the browser does not send their values with the
// form. The shop does not read the values, and the tracker does not record them.

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

/** Runs on submit, after the browser has validated all fields. The form then opens thanks.html. */
function placeOrder(): void {
  const lines = readCart();
  if (lines.length === 0) return; // pressed twice: the order is already placed
  const delivery = chosenDelivery();
  const order_id = orderId();
  tracker.track({
    event: 'purchase',
    order_id,
    ...orderFields(lines),
    delivery,
    delivery_price_cents: DELIVERY_CENTS[delivery],
    // The library stores an array as JSON text.
    items: lines.map(({ product, quantity }) => ({ product_id: product.id, quantity })),
  });
  emptyCart();
  try {
    sessionStorage.setItem(LAST_ORDER, order_id);
  } catch {
    // The storage is blocked: the next page shows no order number.
  }
}

function orderId(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `LK-${String(number % 1_000_000).padStart(6, '0')}`;
}
