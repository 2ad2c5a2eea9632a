// Entry of every shop page: the frame around it, the page itself, and what it records.

import { recordPageView } from './recording.ts';
import { showFrame } from './shop/frame.ts';
import { showCart } from './shop/pages/cart.ts';
import { showCatalogue } from './shop/pages/catalogue.ts';
import { showCheckout } from './shop/pages/checkout.ts';
import { showProduct } from './shop/pages/product.ts';
import { showSearch } from './shop/pages/search.ts';
import { showThanks } from './shop/pages/thanks.ts';

/** Draws a page and answers what its `page_view` says beside the address. */
export type ShowPage = () => Record<string, string | number>;

const pages: Record<string, ShowPage> = {
  catalogue: showCatalogue,
  product: showProduct,
  search: showSearch,
  cart: showCart,
  checkout: showCheckout,
  thanks: showThanks,
  'not-found': () => ({ http_status: 404 }),
};

function open(): void {
  const details = pages[document.body.dataset.page ?? '']?.() ?? {};
  showFrame();
  recordPageView(details);
}

open();
// A page that comes back from the back/forward cache is seen again, and the cart may have changed.
addEventListener('pageshow', (event) => {
  if (event.persisted) open();
});
