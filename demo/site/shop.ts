// Entry point of every shop page. Shows the page and the header.

import { showFrame } from './shop/frame.ts';
import { showCart } from './shop/pages/cart.ts';
import { showCatalogue } from './shop/pages/catalogue.ts';
import { showCheckout } from './shop/pages/checkout.ts';
import { showProduct } from './shop/pages/product.ts';
import { showSearch } from './shop/pages/search.ts';
import { showThanks } from './shop/pages/thanks.ts';
import { tracker } from './tracker.ts';

const pages: Record<string, () => void> = {
  catalogue: showCatalogue,
  product: showProduct,
  search: showSearch,
  cart: showCart,
  checkout: showCheckout,
  thanks: showThanks,
};

const page = document.body.dataset.page ?? '';

function open(): void {
  pages[page]?.();
  showFrame();
}

tracker.register({ page_type: page }); // adds the field to every event of this page
open();
// The cart may have changed while this page was in the back/forward cache.
addEventListener('pageshow', (event) => {
  if (event.persisted) open();
});
