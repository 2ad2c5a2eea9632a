// The cart. Product ids and quantities are kept in localStorage, so the cart survives a visit.

import { tracker } from '../tracker.ts';
import { CURRENCY, findProduct, type Product, productFields } from './catalogue.ts';

const KEY = 'leaf-and-kiln.cart';
export const MAX_QUANTITY = 20;

export interface CartLine {
  product: Product;
  quantity: number;
}

/** Returns the lines in the order in which the products were added. */
export function readCart(): CartLine[] {
  const lines: CartLine[] = [];
  for (const [id, quantity] of Object.entries(readStored())) {
    const product = findProduct(id);
    if (product && Number.isInteger(quantity) && quantity > 0) lines.push({ product, quantity });
  }
  return lines;
}

/** Adds `by` pieces of a product to the cart, or removes them if negative. Returns the new quantity. */
export function changeQuantity(product: Product, by: number): number {
  const stored = readStored();
  const quantity = quantityOf(product) + by;
  if (quantity <= 0) delete stored[product.id];
  else stored[product.id] = quantity;
  write(stored);
  tracker.track({
    event: by > 0 ? 'add_to_cart' : 'remove_from_cart',
    ...productFields(product),
    quantity: Math.abs(by),
  });
  return quantity;
}

export function quantityOf(product: Product): number {
  return readCart().find((line) => line.product.id === product.id)?.quantity ?? 0;
}

export function emptyCart(): void {
  write({});
}

export function cartFigures(lines = readCart()): { itemCount: number; orderValueCents: number } {
  let itemCount = 0;
  let orderValueCents = 0;
  for (const { product, quantity } of lines) {
    itemCount += quantity;
    orderValueCents += quantity * product.priceCents;
  }
  return { itemCount, orderValueCents };
}

/** Returns the event fields that describe an order. */
export function orderFields(lines = readCart()) {
  const { itemCount, orderValueCents } = cartFigures(lines);
  return { item_count: itemCount, order_value_cents: orderValueCents, currency: CURRENCY };
}

function readStored(): Record<string, number> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return {};
    return stored as Record<string, number>;
  } catch {
    return {}; // the storage is blocked or contains invalid JSON
  }
}

function write(cart: Record<string, number>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(cart));
  } catch {
    // The storage is blocked. The cart stays empty, but the shop still works.
  }
}
