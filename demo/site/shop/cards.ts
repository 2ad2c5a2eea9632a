// A card shows a product and links to its page. A grid shows several cards.

import { element } from '../dom.ts';
import { CATEGORIES, formatPrice, type Product } from './catalogue.ts';

export function productPicture(product: Product, size: number): HTMLElement {
  return element(
    'span',
    { class: `picture picture-${product.category}` },
    element('img', { src: `/products/${product.id}.svg`, alt: '', width: size, height: size }),
  );
}

export function productGrid(products: readonly Product[]): HTMLUListElement {
  return element('ul', { class: 'grid' }, ...products.map(card));
}

function card(product: Product): HTMLLIElement {
  const link = element(
    'a',
    {
      class: 'card',
      href: productAddress(product),
      'data-track-product-id': product.id, // adds the field product_id to clicks
    },
    productPicture(product, 240),
    element('span', { class: 'card-category' }, CATEGORIES[product.category]),
    element('span', { class: 'card-name' }, product.name),
    element('span', { class: 'card-unit' }, product.unit),
    element('span', { class: 'card-price' }, formatPrice(product.priceCents)),
  );
  return element('li', {}, link);
}

export function productAddress(product: Product): string {
  return `/product.html?id=${encodeURIComponent(product.id)}`;
}
