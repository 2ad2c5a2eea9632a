// The header of every page: cart count, current link and search box.

import { byId } from '../dom.ts';
import { tracker } from '../tracker.ts';
import { cartFigures } from './cart.ts';
import { searchProducts } from './catalogue.ts';

export function showFrame(): void {
  showCartCount();
  const here = location.pathname + location.search;
  for (const link of document.querySelectorAll('.site-header a')) {
    if (link.getAttribute('href') === here) link.setAttribute('aria-current', 'page');
  }
  byId<HTMLFormElement>('search-form').onsubmit = onSearch;
}

export function showCartCount(): void {
  const { itemCount } = cartFigures();
  const count = byId('cart-count');
  count.textContent = String(itemCount);
  count.hidden = itemCount === 0;
  count.closest('a')?.setAttribute('aria-label', `Cart, ${itemCount} in it`);
}

/** Records a search when it is sent, not on the result page: a reload there is not a new search. */
function onSearch(event: SubmitEvent): void {
  const query = byId<HTMLInputElement>('search').value.trim();
  if (query === '') event.preventDefault();
  else tracker.track({ event: 'search', query, result_count: searchProducts(query).length });
}
