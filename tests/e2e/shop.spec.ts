// A visit to the demo shop by mouse and keyboard: every event is stored once and in order.

import type { Page } from '@playwright/test';
import {
  asTracked,
  type Collector,
  eventually,
  expect,
  type StoredLog,
  test,
  WITH_SITE,
} from './fixtures.ts';

// A document that is left misses the last answer, so the next one may send that batch again.
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

// The events of the visit below, one line each.
const VISIT: readonly (readonly [event: string, page: string, fields: Fields])[] = [
  ['click', '/', { element_text: 'Tea', link_url: '/?category=tea' }],
  ['click', '/?category=tea', { product_id: 'sencha', link_url: '/product.html?id=sencha' }],
  ['view_item', '/product.html?id=sencha', SENCHA],
  ['click', '/product.html?id=sencha', { element_text: 'Add to cart', element_tag: 'button' }],
  ['add_to_cart', '/product.html?id=sencha', { ...SENCHA, quantity: '1' }],
  ['click', '/product.html?id=sencha', { element_text: 'Add to cart' }],
  ['add_to_cart', '/product.html?id=sencha', { ...SENCHA, quantity: '1' }],
  ['form_start', '/product.html?id=sencha', { form: '#search-form', form_field: 'q' }],
  ['click', '/product.html?id=sencha', { element: '#search-form > button' }],
  ['form_submit', '/product.html?id=sencha', { form: '#search-form', fields_changed: '1' }],
  ['search', '/product.html?id=sencha', { query: 'matcha foam', result_count: '1' }],
  ['click', '/search.html', { product_id: 'bamboo-whisk' }],
  ['view_item', '/product.html?id=bamboo-whisk', WHISK],
  ['click', '/product.html?id=bamboo-whisk', { element_text: 'Add to cart' }],
  ['add_to_cart', '/product.html?id=bamboo-whisk', { ...WHISK, quantity: '1' }],
  ['click', '/product.html?id=bamboo-whisk', { link_url: '/cart.html' }],
  ['click', '/cart.html', { element_text: 'One Bamboo Whisk more' }],
  ['add_to_cart', '/cart.html', { ...WHISK, quantity: '1' }],
  ['click', '/cart.html', { element_text: 'One Bamboo Whisk less' }],
  ['remove_from_cart', '/cart.html', { ...WHISK, quantity: '1' }],
  ['click', '/cart.html', { element_text: 'Remove Bamboo Whisk' }],
  ['remove_from_cart', '/cart.html', { ...WHISK, quantity: '1' }],
  ['click', '/cart.html', { element_text: 'Go to checkout' }],
  ['form_submit', '/cart.html', { form: '#checkout-form' }],
  ['begin_checkout', '/cart.html', ORDER],
  ['form_start', '/checkout.html', { form: '#order-form', form_field: 'recipient' }],
  ['click', '/checkout.html', { element_text: 'Place order' }],
  ['form_submit', '/checkout.html', { form: '#order-form', fields_changed: '5' }],
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
  ['click', '/thanks.html', { element_text: 'Back to the shop', link_url: '/' }],
  ['click', '/', { product_id: 'oolong' }],
  ['view_item', '/product.html?id=oolong', { product_id: 'oolong' }],
  ['click', '/product.html?id=oolong', { element_text: 'Add to cart' }],
  ['add_to_cart', '/product.html?id=oolong', { product_id: 'oolong', quantity: '1' }],
];

const VIEWS: readonly (readonly [page: string, type: string, title: string, referrer?: string])[] =
  [
    ['/', 'catalogue', 'Leaf & Kiln – Tea and tableware'],
    ['/?category=tea', 'catalogue', 'Tea – Leaf & Kiln', '/'],
    ['/product.html?id=sencha', 'product', 'Spring Sencha – Leaf & Kiln', '/?category=tea'],
    ['/search.html', 'search', '“matcha foam” – Leaf & Kiln', '/product.html?id=sencha'],
    ['/product.html?id=bamboo-whisk', 'product', 'Bamboo Whisk – Leaf & Kiln', '/search.html'],
    ['/cart.html', 'cart', 'Cart – Leaf & Kiln', '/product.html?id=bamboo-whisk'],
    ['/checkout.html', 'checkout', 'Checkout – Leaf & Kiln', '/cart.html'],
    ['/thanks.html', 'thanks', 'Thank you – Leaf & Kiln', '/checkout.html'],
    ['/', 'catalogue', 'Leaf & Kiln – Tea and tableware', '/thanks.html'],
    ['/product.html?id=oolong', 'product', 'Roasted Oolong – Leaf & Kiln', '/'],
  ];

/** Events whose time depends on the browser or on timers. */
const AT_ANY_TIME =
  /^(page_view|page_leave|web_vital|long_task|element_view|engagement|scroll_depth|form_field)$/;

const TYPED = ['Grace Hopper', '7 Kettle Lane', 'QX1 4ZZ', 'Steep Hill'];

test('every event of a visit is stored once and in order', async ({ page, collector }) => {
  const { url } = collector;
  await visit(page, url);
  await page.close();

  const done = async () => (await asRecorded(collector)).filter(({ event }) => !isAtAnyTime(event));
  const nameAndPage = ({ event, page_url }: StoredLog) => `${event} ${page_url}`;
  await eventually(async () => (await done()).map(nameAndPage)).toEqual(
    VISIT.map(([event, path]) => `${event} ${url}${path}`),
  );
  for (const [at, log] of (await done()).entries()) {
    const [, , { link_url, ...fields }] = VISIT[at] as (typeof VISIT)[number];
    expect(log).toMatchObject({ ...ENVELOPE, ...fields });
    if (link_url !== undefined) expect(log.link_url).toBe(`${url}${link_url}`);
  }

  const logs = await asRecorded(collector);
  const ofName = (name: string) => logs.filter(({ event }) => event === name);
  const views = ofName('page_view').map(({ page_url, page_type, page_title, referrer_url }) => [
    page_url,
    page_type,
    page_title,
    referrer_url,
  ]);
  expect(views).toEqual(
    VIEWS.map(([path, type, title, referrer]) => [
      url + path,
      type,
      title,
      referrer === undefined ? undefined : url + referrer,
    ]),
  );
  const pages = (name: string) => [...new Set(ofName(name).map(({ page_url }) => page_url))].sort();
  expect(pages('page_leave')).toEqual(pages('page_view'));
  expect(ofName('form_field').map(({ form_field }) => form_field)).toEqual(
    expect.arrayContaining(['q', 'recipient', 'street', 'postcode', 'town', 'delivery']),
  );
  expect(ofName('web_vital').map(({ metric }) => metric)).toContain('TTFB');
  // One visitor, one session, one browser.
  for (const field of ['visitor_id', 'session_id', '__tag__:user_agent']) {
    expect(new Set(logs.map((log) => log[field])), field).toEqual(
      new Set([expect.stringMatching(/./)]),
    );
  }
  for (const batch of await collector.batches()) expect(batch).toMatchObject({ status: 200 });
  // The text typed into the order form must not be stored.
  const everything = JSON.stringify(logs);
  for (const text of TYPED) expect(everything).not.toContain(text);
});

/** Ends on a product page, just after an event, without leaving the page. */
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

const isAtAnyTime = (event: unknown) => AT_ANY_TIME.test(String(event));

/** Sorts the logs by page, and within a page by `seq`. */
async function asRecorded(collector: Collector): Promise<StoredLog[]> {
  const logs = asTracked(await collector.logs());
  const pageOf = (log: StoredLog) => String(log.page_load_id);
  const order = [...new Set(logs.map(pageOf))];
  return logs.sort(
    (a, b) => order.indexOf(pageOf(a)) - order.indexOf(pageOf(b)) || Number(a.seq) - Number(b.seq),
  );
}
