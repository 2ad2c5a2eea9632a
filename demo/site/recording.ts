// Everything that this shop records, and the only file that talks to the library.
// README.md lists which action records which event. Form fields are never read here.

import { createTracker } from '/webtrack/webtrack.js';
import { CURRENCY, type Product } from './shop/catalogue.ts';

const tracker = createTracker({
  host: location.origin,
  project: 'demo',
  logstore: 'web',
  topic: 'shop',
  source: 'demo-shop',
  tags: { site: 'leaf-and-kiln', release: '1' },
  flushInterval: 1000,
});

export interface OrderFigures {
  itemCount: number;
  orderValueCents: number;
}

/** One page was opened. `details` holds what the page is about, e.g. `product_id`. */
export function recordPageView(details: Record<string, string | number> = {}): void {
  tracker.track({
    event: 'page_view',
    page: page(),
    title: document.title,
    referrer: referrer(),
    ...details,
  });
}

/** A link was followed; `target` says which kind of link. */
export function recordClick(target: string, link: HTMLAnchorElement): void {
  tracker.track({
    event: 'click',
    page: page(),
    target,
    label: link.dataset.label ?? link.textContent?.trim().replace(/\s+/g, ' ') ?? '',
    href: link.getAttribute('href') ?? '',
    ...(link.dataset.productId ? { product_id: link.dataset.productId } : {}),
  });
}

export function recordSearch(query: string, resultCount: number): void {
  tracker.track({ event: 'search', page: page(), query, result_count: resultCount });
}

export function recordAddToCart(product: Product, quantity: number): void {
  tracker.track({ event: 'add_to_cart', page: page(), ...productFields(product), quantity });
}

export function recordRemoveFromCart(product: Product, quantity: number): void {
  tracker.track({ event: 'remove_from_cart', page: page(), ...productFields(product), quantity });
}

export function recordBeginCheckout(order: OrderFigures): void {
  tracker.track({ event: 'begin_checkout', page: page(), ...orderFields(order) });
}

export function recordPurchase(
  order: OrderFigures & { id: string; delivery: string; deliveryCents: number },
  items: { product: Product; quantity: number }[],
): void {
  tracker.track({
    event: 'purchase',
    page: page(),
    order_id: order.id,
    ...orderFields(order),
    delivery: order.delivery,
    delivery_price_cents: order.deliveryCents,
    // An array is stored as its JSON text.
    items: items.map(({ product, quantity }) => ({ product_id: product.id, quantity })),
  });
}

function productFields(product: Product) {
  return {
    product_id: product.id,
    product_name: product.name,
    price_cents: product.priceCents,
    currency: CURRENCY,
  };
}

function orderFields(order: OrderFigures) {
  return {
    item_count: order.itemCount,
    order_value_cents: order.orderValueCents,
    currency: CURRENCY,
  };
}

/** The path without its query, and one name for the front page. */
function page(): string {
  return location.pathname === '/index.html' ? '/' : location.pathname;
}

/** Within the shop the path and query, from elsewhere the origin only, else empty. */
function referrer(): string {
  if (!document.referrer) return '';
  const from = new URL(document.referrer);
  return from.origin === location.origin ? from.pathname + from.search : from.origin;
}
