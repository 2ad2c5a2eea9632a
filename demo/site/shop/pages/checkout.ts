// checkout.html: an order with invented fields. They have no names and nobody reads them: they are
// neither sent with the form nor recorded.

import { byId, element } from '../../dom.ts';
import { recordPurchase } from '../../recording.ts';
import { cartFigures, emptyCart, readCart } from '../cart.ts';
import { formatPrice } from '../catalogue.ts';

export const LAST_ORDER = 'leaf-and-kiln.last-order';

const DELIVERY_CENTS = { standard: 490, express: 990 } as const;

export function showCheckout(): Record<string, number> {
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
  return { item_count: cartFigures(lines).itemCount };
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
  const order = {
    ...cartFigures(lines),
    id: orderId(),
    delivery,
    deliveryCents: DELIVERY_CENTS[delivery],
  };
  recordPurchase(order, lines);
  emptyCart();
  try {
    sessionStorage.setItem(LAST_ORDER, order.id);
  } catch {
    // storage is blocked: the thank-you page goes without the number
  }
}

function orderId(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `LK-${String(number % 1_000_000).padStart(6, '0')}`;
}
