// A visit to the demo shop by mouse and keyboard: every event is stored, once, in order.

import type { Page } from '@playwright/test';
import { asTracked, type Collector, eventually, expect, test, WITH_SITE } from './fixtures.ts';

// On a page of many documents, the endpoint's answer to the one that is left is heard by nobody.
test.use({ collectorFlags: WITH_SITE, mayRepeat: true });

const ENVELOPE = {
  __topic__: 'shop',
  __source__: 'demo-shop',
  '__tag__:site': 'leaf-and-kiln',
  '__tag__:release': '1',
};

const SENCHA = {
  product_id: 'sencha',
  product_name: 'Spring Sencha',
  price_cents: '1450',
  currency: 'EUR',
};
const WHISK = {
  product_id: 'bamboo-whisk',
  product_name: 'Bamboo Whisk',
  price_cents: '2100',
  currency: 'EUR',
};
const ORDER = { item_count: '2', order_value_cents: '2900', currency: 'EUR' };

type Fields = Record<string, unknown>;

// What the visit below records, one line an event.
const VISIT: readonly (readonly [event: string, page: string, fields: Fields])[] = [
  ['page_view', '/', { title: 'Leaf & Kiln – Tea and tableware', referrer: '' }],
  ['click', '/', { target: 'category', label: 'Tea', href: '/?category=tea' }],
  ['page_view', '/', { category: 'tea', title: 'Tea – Leaf & Kiln', referrer: '/' }],
  ['click', '/', { target: 'product_card', label: 'Spring Sencha', product_id: 'sencha' }],
  ['page_view', '/product.html', { product_id: 'sencha', referrer: '/?category=tea' }],
  ['add_to_cart', '/product.html', { ...SENCHA, quantity: '1' }],
  ['add_to_cart', '/product.html', { ...SENCHA, quantity: '1' }],
  ['search', '/product.html', { query: 'matcha foam', result_count: '1' }],
  ['page_view', '/search.html', { result_count: '1', title: '“matcha foam” – Leaf & Kiln' }],
  ['click', '/search.html', { target: 'product_card', product_id: 'bamboo-whisk' }],
  ['page_view', '/product.html', { product_id: 'bamboo-whisk', product_name: 'Bamboo Whisk' }],
  ['add_to_cart', '/product.html', { ...WHISK, quantity: '1' }],
  ['click', '/product.html', { target: 'cart', label: 'Cart', href: '/cart.html' }],
  ['page_view', '/cart.html', { item_count: '3' }],
  ['add_to_cart', '/cart.html', { ...WHISK, quantity: '1' }],
  ['remove_from_cart', '/cart.html', { ...WHISK, quantity: '1' }],
  ['remove_from_cart', '/cart.html', { ...WHISK, quantity: '1' }],
  ['begin_checkout', '/cart.html', ORDER],
  ['page_view', '/checkout.html', { item_count: '2', referrer: '/cart.html' }],
  [
    'purchase',
    '/checkout.html',
    {
      ...ORDER,
      order_id: expect.stringMatching(/^LK-\d{6}$/),
      delivery: 'express',
      delivery_price_cents: '990',
      items: '[{"product_id":"sencha","quantity":2}]',
    },
  ],
  ['page_view', '/thanks.html', { order_id: expect.stringMatching(/^LK-\d{6}$/) }],
  ['click', '/thanks.html', { target: 'back_to_shop', href: '/' }],
  ['page_view', '/', { referrer: '/thanks.html?delivery=express' }],
  ['click', '/', { target: 'product_card', product_id: 'oolong' }],
  ['page_view', '/product.html', { product_id: 'oolong' }],
  ['add_to_cart', '/product.html', { product_id: 'oolong', quantity: '1' }],
];

const TYPED = ['Grace Hopper', '7 Kettle Lane', '30303', 'Steep Hill'];

test('every event of a visit is stored, once, in order', async ({ page, collector }) => {
  await visit(page, collector.url);
  await page.close();

  await eventually(() => namesAndPages(collector)).toEqual(
    VISIT.map(([event, page]) => `${event} ${page}`),
  );
  const logs = asTracked(await collector.logs());
  for (const [at, [event, page, fields]] of VISIT.entries()) {
    expect(logs[at]).toMatchObject({ ...ENVELOPE, event, page, ...fields });
  }
  const [purchase, thanks] = logs.filter(({ order_id }) => order_id !== undefined);
  expect(thanks?.order_id).toBe(purchase?.order_id);
  for (const batch of await collector.batches()) expect(batch).toMatchObject({ status: 200 });
  // What was typed into the order's form is nobody's business.
  const everything = JSON.stringify(logs);
  for (const text of TYPED) expect(everything).not.toContain(text);
});

/** Leaves the shop open on a product's page, with an event that was recorded just now. */
async function visit(page: Page, shop: string): Promise<void> {
  await page.goto(shop);
  await page.getByRole('link', { name: 'Tea', exact: true }).click();
  await page.getByRole('link', { name: 'Spring Sencha' }).click();
  const addToCart = page.getByRole('button', { name: 'Add to cart' });
  await addToCart.click();
  await addToCart.press('Enter');
  await expect(page.getByTestId('cart-count')).toHaveText('2');

  await page.getByRole('searchbox').click();
  await page.keyboard.type('matcha foam');
  await page.keyboard.press('Enter');
  await page.waitForURL(/search/);
  await page.getByRole('link', { name: 'Bamboo Whisk' }).click();
  await addToCart.click();
  await page.getByRole('banner').getByRole('link', { name: 'Cart' }).click();

  await page.getByRole('button', { name: 'One Bamboo Whisk more' }).click();
  await page.getByRole('button', { name: 'One Bamboo Whisk less' }).press(' ');
  await page.getByRole('button', { name: 'Remove Bamboo Whisk' }).click();
  await page.getByRole('button', { name: 'Go to checkout' }).click();

  await page.getByLabel('Name on the parcel').click();
  for (const text of TYPED) {
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  await page.getByLabel('Express').check();
  await page.getByRole('button', { name: 'Place order' }).press('Enter');

  await page.waitForURL(/thanks/);
  await page.getByRole('link', { name: 'Back to the shop' }).click();
  await page.getByRole('link', { name: 'Roasted Oolong' }).click();
  await addToCart.click();
}

async function namesAndPages(collector: Collector): Promise<string[]> {
  return asTracked(await collector.logs()).map(({ event, page }) => `${event} ${page}`);
}
