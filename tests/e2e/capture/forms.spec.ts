// Forms that visitors start, submit or abandon. The typed text is never recorded.

import { eventually, expect, hide, ONLY_ON_EXIT, test } from '../fixtures.ts';
import { recorded, stopTime } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

const PAGE = 'capture/forms.html';
const setup = { options: { ...ONLY_ON_EXIT, capture: { forms: {} } } };

test('a filled-in form records its start, each field that was left, and its submission', async ({
  page,
  open,
  collector,
}) => {
  await stopTime(page);
  await open(PAGE, setup);
  await page.click('[name=customer]');
  await page.clock.runFor(1_000);
  await page.keyboard.type('Ada Lovelace');
  await page.clock.runFor(2_000);
  await page.keyboard.press('Tab');
  await page.clock.runFor(50);
  await page.keyboard.type('c0rrect horse');
  await page.clock.runFor(500);
  await page.keyboard.press('Tab');
  await page.clock.runFor(70);
  await page.keyboard.press('Tab'); // the street is left as it was
  await page.clock.runFor(30);
  await page.keyboard.type('ada@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.clock.runFor(40);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.type('x');
  await page.clock.runFor(10);
  await page.evaluate(() => {
    const order = document.querySelector('form');
    if (order) order.onsubmit = () => false;
  });
  await page.click('#send');
  const form = '#order';
  expect(await recorded(page, collector)).toEqual([
    { event: 'form_start', form, form_field: 'customer' },
    { event: 'form_field', form, form_field: 'customer', focus_ms: '3000', changes: '1' },
    { event: 'form_field', form, form_field: 'secret' },
    { event: 'form_field', form, form_field: 'street', focus_ms: '70', changes: '0' },
    { event: 'form_field', form, form_field: 'email', focus_ms: '30', changes: '1' },
    { event: 'form_field', form, form_field: 'country', focus_ms: '40', changes: '2' },
    { event: 'form_field', form, form_field: 'gift', focus_ms: '0', changes: '2' },
    { event: 'form_field', form, form_field: 'note', focus_ms: '10', changes: '1' },
    { event: 'form_submit', form, form_duration_ms: '2700', fields_changed: '6' },
  ]);
  const stored = JSON.stringify(await collector.logs());
  for (const typed of ['Ada', 'horse', 'example.com', 'Chile', 'Brazil']) {
    expect(stored).not.toContain(typed);
  }
});

test('focus or a change by script does not start a form', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, setup);
  await page.click('[name=customer]');
  await page.clock.runFor(5);
  await page.evaluate(() => {
    const street = document.querySelector<HTMLInputElement>('#street');
    if (street) street.value = 'by a script';
    street?.dispatchEvent(new Event('input', { bubbles: true }));
    street?.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await page.click('[name=coupon]'); // a field of the same form outside its element
  await (await hide(page))();
  expect(await recorded(page, collector)).toEqual([
    {
      event: 'form_field',
      form: '#order',
      form_field: 'customer',
      focus_ms: '5',
      changes: '0',
    },
  ]);
});

test('a field outside its form element counts for the form, and a field without a form is recorded alone', async ({
  page,
  open,
  collector,
}) => {
  await open(PAGE, setup);
  await page.click('[name=coupon]');
  await page.keyboard.type('SPRING');
  await page.click('[name=search]');
  await page.keyboard.type('roses');
  await page.click('#street');
  await (await hide(page))();
  const events = await recorded(page, collector);
  expect(events.map(({ event, form, form_field }) => [event, form, form_field])).toEqual([
    ['form_start', '#order', 'coupon'],
    ['form_field', '#order', 'coupon'],
    ['form_field', undefined, 'search'],
    ['form_field', '#order', 'street'],
    ['form_abandon', '#order', 'street'],
  ]);
});

test('a form submitted by script is recorded, and a submission that validation refuses is not', async ({
  page,
  open,
  collector,
}) => {
  await open(PAGE, setup);
  await page.click('[name=title]');
  await page.keyboard.type('Dr');
  await page.keyboard.press('Enter');
  await page.getByText('Try').click();
  await page.keyboard.type('now');
  await page.keyboard.press('Enter');
  const events = await recorded(page, collector, 'form_start', 'form_submit');
  expect(events).toEqual([
    { event: 'form_start', form: 'html > body > form[name="application"]', form_field: 'title' },
    {
      event: 'form_submit',
      form: 'html > body > form[name="application"]',
      form_duration_ms: expect.stringMatching(/^\d+$/),
      fields_changed: '1',
    },
    { event: 'form_start', form: '#strict', form_field: 'must' },
    {
      event: 'form_submit',
      form: '#strict',
      form_duration_ms: expect.stringMatching(/^\d+$/),
      fields_changed: '1',
    },
  ]);
});

test('a form submitted by navigation is recorded as submitted and not as abandoned', async ({
  page,
  open,
  collector,
}) => {
  await open(PAGE, setup);
  await page.click('[name=note]');
  await page.keyboard.type('Ring twice');
  await page.click('#send');
  await page.waitForURL(/next/);
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toEqual([
    'form_start',
    'form_field',
    'form_submit',
  ]);
});

test('an unsubmitted form is abandoned once, and again after more input', async ({
  page,
  open,
  collector,
}) => {
  await stopTime(page);
  await open(PAGE, setup);
  await page.click('[name=customer]');
  await page.keyboard.type('Ada');
  await page.clock.runFor(300);
  await page.click('#street');
  await (await hide(page))();
  await (await hide(page))();
  const abandon = { event: 'form_abandon', form: '#order', form_field: 'street' };
  expect(await recorded(page, collector, 'form_abandon')).toEqual([
    { ...abandon, form_duration_ms: '300', fields_changed: '1' },
  ]);
  await page.click('#street');
  await page.keyboard.type('Main St');
  await page.clock.runFor(200);
  await (await hide(page))();
  expect(await recorded(page, collector, 'form_start', 'form_abandon')).toEqual([
    { event: 'form_start', form: '#order', form_field: 'customer' },
    { ...abandon, form_duration_ms: '300', fields_changed: '1' },
    { ...abandon, form_duration_ms: '500', fields_changed: '2' },
  ]);
});

test('a started form is abandoned when the page is left', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open(PAGE, setup);
  await page.click('[name=customer]');
  await page.keyboard.type('Ada');
  await page.goto(`${pages.origin}/next.html`);
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toEqual([
    'form_start',
    'form_field',
    'form_abandon',
  ]);
});

test('a form removed before its view ends is recorded as abandoned', async ({
  page,
  open,
  collector,
}) => {
  await open(PAGE, { options: { ...setup.options, capture: { pageViews: {}, forms: {} } } });
  await page.click('[name=title]');
  await page.keyboard.type('Dr');
  await page.evaluate(() => {
    document.querySelector('[name=application]')?.remove();
    history.pushState(null, '', '/thanks');
  });
  await (await hide(page))();
  const events = await recorded(page, collector, 'form_abandon');
  expect(events).toMatchObject([
    { form: 'html > body > form[name="application"]', form_field: 'title', view_seq: '0' },
  ]);
});

test('fields and forms with data-track-ignore are not recorded', async ({
  page,
  open,
  collector,
}) => {
  await open(PAGE, setup);
  await page.click('[name=diary]');
  await page.keyboard.type('Dear diary');
  await page.keyboard.press('Enter');
  await page.click('[name=unseen]');
  await page.keyboard.type('nobody');
  await page.click('body', { position: { x: 1, y: 1 } });
  await (await hide(page))();
  expect(await recorded(page, collector)).toEqual([]);
});

test('forms in open shadow roots are recorded', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, setup);
  await page.click('[name=first]');
  await page.keyboard.type('one');
  await page.clock.runFor(10);
  await page.click('[name=second]');
  await page.clock.runFor(20);
  await page.click('[name=deep]');
  await page.keyboard.type('three');
  await page.clock.runFor(30);
  await page.getByText('Send inner').click();
  const form = '#host >> #inner';
  expect(await recorded(page, collector)).toEqual([
    { event: 'form_start', form, form_field: 'first' },
    { event: 'form_field', form, form_field: 'first', focus_ms: '10', changes: '1' },
    { event: 'form_field', form, form_field: 'second', focus_ms: '20', changes: '0' },
    { event: 'form_field', form, form_field: 'deep', focus_ms: '30', changes: '1' },
    { event: 'form_submit', form, form_duration_ms: '60', fields_changed: '2' },
  ]);
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  open,
  collector,
}) => {
  await watchTraces(page);
  await open(PAGE);
  const fillIn = async () => {
    await page.click('[name=deep]');
    await page.keyboard.type('three');
  };
  const use = async () => {
    await fillIn();
    // The document and two shadow roots.
    const { left } = await page.evaluate(() => window.traces());
    expect(left.filter((one) => /hears submit/.test(one))).toHaveLength(3);
  };
  await expectUndone(page, collector.url, { forms: {} }, use, fillIn);
});
