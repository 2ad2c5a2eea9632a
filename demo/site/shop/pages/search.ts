// search.html?q=…: the results of a search. frame.ts has already recorded the search.

import { byId, element } from '../../dom.ts';
import { productGrid } from '../cards.ts';
import { CATEGORIES, searchProducts } from '../catalogue.ts';

export function showSearch(): void {
  const query = new URLSearchParams(location.search).get('q')?.trim() ?? '';
  const found = searchProducts(query);
  byId<HTMLInputElement>('search').value = query;
  document.title = query ? `“${query}” – Leaf & Kiln` : 'Search – Leaf & Kiln';
  byId('search-heading').textContent = query
    ? `Results for “${query}”`
    : 'What are you looking for?';
  byId('search-count').textContent = query ? counted(found.length) : '';
  byId('results').replaceChildren(found.length > 0 ? productGrid(found) : suggestions(query));
}

function counted(count: number): string {
  return count === 1 ? '1 product' : `${count} products`;
}

function suggestions(query: string): HTMLElement {
  const links = Object.entries(CATEGORIES).map(([id, name]) =>
    element('a', { class: 'chip', href: `/?category=${id}` }, name),
  );
  return element(
    'div',
    { class: 'notice' },
    element(
      'p',
      {},
      query
        ? 'We found no product. Try a shorter word, or start from a category.'
        : 'Type a word above, or start from a category.',
    ),
    element('p', { class: 'chips' }, ...links),
  );
}
