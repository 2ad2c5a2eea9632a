// The cart: product ids and quantities in localStorage, so that it outlives a page and a visit.

import { findProduct, type Product } from './catalogue.ts';

const KEY = 'leaf-and-kiln.cart';
export const MAX_QUANTITY = 20;

export interface CartLine {
  product: Product;
  quantity: number;
}

/** The lines in the order in which they were first added. */
export function readCart(): CartLine[] {
  const lines: CartLine[] = [];
  for (const [id, quantity] of Object.entries(readStored())) {
    const product = findProduct(id);
    if (product && Number.isInteger(quantity) && quantity > 0) lines.push({ product, quantity });
  }
  return lines;
}

/** Puts that many of a product into the cart; 0 takes it out. Answers the quantity it has now. */
export function setQuantity(product: Product, quantity: number): number {
  const stored = readStored();
  const bounded = Math.min(MAX_QUANTITY, Math.max(0, quantity));
  if (bounded === 0) delete stored[product.id];
  else stored[product.id] = bounded;
  write(stored);
  return bounded;
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

function readStored(): Record<string, number> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return {};
    return stored as Record<string, number>;
  } catch {
    return {}; // storage is blocked, or holds what this shop did not write
  }
}

function write(cart: Record<string, number>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(cart));
  } catch {
    // storage is blocked: the cart is lost with the page, the shop goes on
  }
}
