// cart.html: change quantities, remove products, continue to the checkout.

import { byId, element } from '../../dom.ts';
import { tracker } from '../../tracker.ts';
import { productAddress, productPicture } from '../cards.ts';
import {
  type CartLine,
  cartFigures,
  changeQuantity,
  MAX_QUANTITY,
  orderFields,
  readCart,
} from '../cart.ts';
import { formatPrice, type Product } from '../catalogue.ts';
import { showCartCount } from '../frame.ts';

export function showCart(): void {
  draw();
  byId('checkout-form').onsubmit = () => {
    tracker.track({ event: 'begin_checkout', ...orderFields() });
  };
}

function draw(): void {
  const lines = readCart();
  const { itemCount, orderValueCents } = cartFigures(lines);
  byId('cart-empty').hidden = lines.length > 0;
  byId('cart').hidden = lines.length === 0;
  byId('cart-lines').replaceChildren(...lines.map(row));
  byId('cart-items').textContent = itemCount === 1 ? '1 piece' : `${itemCount} pieces`;
  byId('cart-total').textContent = formatPrice(orderValueCents);
}

function row({ product, quantity }: CartLine): HTMLElement {
  const name = element(
    'a',
    {
      class: 'line-name',
      href: productAddress(product),
      'data-track-product-id': product.id,
    },
    product.name,
  );
  return element(
    'li',
    { class: 'line' },
    productPicture(product, 96),
    element(
      'div',
      { class: 'line-text' },
      name,
      element(
        'span',
        { class: 'muted' },
        `${product.unit} · ${formatPrice(product.priceCents)} each`,
      ),
    ),
    element(
      'div',
      { class: 'stepper', role: 'group', 'aria-label': `Quantity of ${product.name}` },
      stepper('−', `One ${product.name} less`, () => change(product, -1)),
      element('span', { class: 'quantity', 'aria-live': 'polite' }, String(quantity)),
      stepper('+', `One ${product.name} more`, () => change(product, 1), quantity >= MAX_QUANTITY),
    ),
    element('span', { class: 'line-price' }, formatPrice(product.priceCents * quantity)),
    stepper('Remove', `Remove ${product.name}`, () => change(product, -quantity)),
  );
}

function stepper(text: string, label: string, act: () => void, disabled = false): HTMLElement {
  const button = element(
    'button',
    { type: 'button', class: text === 'Remove' ? 'remove' : 'step', 'aria-label': label, disabled },
    text,
  );
  button.addEventListener('click', () => {
    act();
    // The line was replaced. Restore the focus; if the line is gone, focus the heading.
    const again = [...document.querySelectorAll<HTMLElement>('#cart-lines button')].find(
      (other) => other.getAttribute('aria-label') === label,
    );
    (again ?? byId('cart-heading')).focus();
  });
  return button;
}

function change(product: Product, by: number): void {
  changeQuantity(product, by);
  draw();
  showCartCount();
}
