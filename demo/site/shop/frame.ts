// What every page shares: the cart's count, the search box, and the recording of followed links.

import { byId } from '../dom.ts';
import { recordClick, recordSearch } from '../recording.ts';
import { cartFigures } from './cart.ts';
import { searchProducts } from './catalogue.ts';

let listening = false;

export function showFrame(): void {
  showCartCount();
  const here = location.pathname + location.search;
  for (const link of document.querySelectorAll('.site-header a')) {
    if (link.getAttribute('href') === here) link.setAttribute('aria-current', 'page');
  }
  if (listening) return;
  listening = true;
  document.addEventListener('click', onClick);
  byId('search-form').addEventListener('submit', onSearch);
}

export function showCartCount(): void {
  const { itemCount } = cartFigures();
  const count = byId('cart-count');
  count.textContent = String(itemCount);
  count.hidden = itemCount === 0;
  count.closest('a')?.setAttribute('aria-label', `Cart, ${itemCount} in it`);
}

/** A link is recorded as a click; a button's own action records what it did. */
function onClick(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link) recordClick(link.dataset.target ?? 'link', link);
}

/** Recorded where it was asked, and the result page only shows it: a reload is not a new search. */
function onSearch(event: SubmitEvent): void {
  const query = byId<HTMLInputElement>('search').value.trim();
  if (query === '') event.preventDefault();
  else recordSearch(query, searchProducts(query).length);
}
