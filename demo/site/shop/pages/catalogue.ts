// index.html: all products, or the products of one category (`?category=tea`).

import { byId } from '../../dom.ts';
import { productGrid } from '../cards.ts';
import { CATEGORIES, isCategory, PRODUCTS } from '../catalogue.ts';

export function showCatalogue(): void {
  const category = new URLSearchParams(location.search).get('category');
  const chosen = isCategory(category) ? category : undefined;
  const products = PRODUCTS.filter((product) => !chosen || product.category === chosen);

  if (chosen) document.title = `${CATEGORIES[chosen]} – Leaf & Kiln`;
  byId('hero').hidden = chosen !== undefined;
  byId('catalogue-heading').ariaLevel = chosen ? '1' : '2'; // level 1 only when the hero is hidden
  byId('catalogue-heading').textContent = chosen ? CATEGORIES[chosen] : 'Everything on the shelf';
  byId('catalogue-count').textContent = `${products.length} products`;
  for (const link of document.querySelectorAll('.categories a')) {
    const current = link.getAttribute('href') === (chosen ? `/?category=${chosen}` : '/');
    link.toggleAttribute('aria-current', current);
    if (current) link.setAttribute('aria-current', 'page');
  }
  byId('catalogue').replaceChildren(productGrid(products));
}
