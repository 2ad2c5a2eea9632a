// product.html?id=…: one product and products that go well with it.

import { byId, element } from '../../dom.ts';
import { tracker } from '../../tracker.ts';
import { productGrid, productPicture } from '../cards.ts';
import { changeQuantity, MAX_QUANTITY, quantityOf } from '../cart.ts';
import {
  CATEGORIES,
  findProduct,
  formatPrice,
  PRODUCTS,
  type Product,
  productFields,
} from '../catalogue.ts';
import { showCartCount } from '../frame.ts';

const COMPANIONS = 4;

export function showProduct(): void {
  const product = findProduct(new URLSearchParams(location.search).get('id'));
  const place = byId('product');
  if (!product) {
    document.title = 'Product not found – Leaf & Kiln';
    place.replaceChildren(
      element(
        'div',
        { class: 'notice' },
        element('h1', {}, 'That product is not on our shelf'),
        element('p', {}, 'It may have been renamed, or the address was cut short.'),
        element('a', { class: 'button', href: '/' }, 'See all products'),
      ),
    );
    byId('companions').hidden = true;
    return;
  }
  document.title = `${product.name} – Leaf & Kiln`;
  place.replaceChildren(breadcrumb(product), productPicture(product, 480), description(product));
  byId('companion-grid').replaceChildren(productGrid(companions(product)));
  tracker.track({ event: 'view_item', ...productFields(product) });
}

function breadcrumb(product: Product): HTMLElement {
  return element(
    'nav',
    { class: 'breadcrumb', 'aria-label': 'Breadcrumb' },
    element('a', { href: '/' }, 'All products'),
    element('span', { 'aria-hidden': 'true' }, '/'),
    element('a', { href: `/?category=${product.category}` }, CATEGORIES[product.category]),
  );
}

function description(product: Product): HTMLElement {
  const button = element('button', { class: 'button', type: 'button' }, 'Add to cart');
  const status = element('p', { class: 'added', role: 'status' });
  button.addEventListener('click', () => {
    if (quantityOf(product) >= MAX_QUANTITY) {
      status.textContent = `One parcel holds at most ${MAX_QUANTITY}.`;
      return;
    }
    const now = changeQuantity(product, 1);
    showCartCount();
    status.replaceChildren(
      `Added: ${now} in your cart. `,
      element('a', { href: '/cart.html' }, 'See the cart'),
    );
  });
  return element(
    'div',
    { class: 'description' },
    element('h1', {}, product.name),
    element(
      'p',
      { class: 'price' },
      formatPrice(product.priceCents),
      element('span', { class: 'muted' }, product.unit),
    ),
    element('p', { class: 'lead' }, product.text),
    button,
    status,
    element(
      'dl',
      { class: 'facts' },
      ...product.facts.map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, value)),
      ),
    ),
  );
}

/** Returns products of other categories: first one of each category, then more. */
function companions(product: Product): Product[] {
  const start = PRODUCTS.indexOf(product);
  const others = [...PRODUCTS.slice(start + 1), ...PRODUCTS.slice(0, start)].filter(
    (other) => other.category !== product.category,
  );
  const first = others.filter(
    (other, at) => others.findIndex((one) => one.category === other.category) === at,
  );
  return [...first, ...others.filter((other) => !first.includes(other))].slice(0, COMPANIONS);
}
