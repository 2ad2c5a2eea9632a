// The current browser SDK of the service, @aliyun-sls/web-track-browser 0.3.9, as published.

import type SlsTracker from '@aliyun-sls/web-track-browser';
import { expect, expectStored, numbers, test } from '../e2e/fixtures.ts';
import { openWithClient, startHttps } from './foreign_client.ts';

declare const Client: typeof SlsTracker;

/** The SDK sends a body of fewer characters by beacon and others by XHR. */
const BEACON_CHARACTERS = 32_768;

const ENVELOPE = { topic: 'topic', source: 'source', tags: { tag1: 'value1', tag2: '值' } };
const STORED_ENVELOPE = {
  __topic__: 'topic',
  __source__: 'source',
  '__tag__:tag1': 'value1',
  '__tag__:tag2': '值',
};

test.beforeEach(({ page, pages }) => openWithClient(page, pages, '@aliyun-sls/web-track-browser'));

test('a beacon with values of many kinds, topic, source and tags is stored', async ({
  page,
  collector,
}) => {
  await page.evaluate(
    ([host, envelope]) => {
      new Client({ host, project: 'demo', logstore: 'web', ...envelope }).sendImmediate({
        customer: 'zhangsan',
        product: '手机 📱 "12"',
        price: 7998,
        ratio: 0.5,
        paid: true,
        address: { city: 'Hangzhou', lines: [1, 2] },
        list: ['a', { b: null }],
        nothing: null,
        missing: undefined,
      });
    },
    [collector.url, ENVELOPE] as const,
  );
  await page.close(); // only a beacon outlives the page
  await expectStored(collector, 'customer', ['zhangsan']);
  expect(await collector.logs()).toMatchObject([
    {
      ...STORED_ENVELOPE,
      product: '手机 📱 "12"',
      price: '7998',
      ratio: '0.5',
      paid: 'true',
      address: '{"city":"Hangzhou","lines":[1,2]}',
      list: '["a",{"b":null}]',
      nothing: 'null',
      missing: 'undefined',
    },
  ]);
  expect(await collector.batches()).toMatchObject([{ method: 'POST', compression: 'none' }]);
});

test('a batch too large for a beacon is stored by XHR', async ({ page, collector }) => {
  await page.evaluate(
    ([host, envelope]) => {
      const logs = Array.from({ length: 300 }, (_, n) => ({ n, text: '茶'.repeat(100) }));
      new Client({ host, project: 'demo', logstore: 'web', ...envelope }).sendBatchLogsImmediate(
        logs,
      );
    },
    [collector.url, ENVELOPE] as const,
  );
  await expectStored(collector, 'n', numbers(300));
  for (const log of await collector.logs()) {
    expect(log).toMatchObject({ ...STORED_ENVELOPE, text: '茶'.repeat(100) });
  }
  const [batch, ...others] = await collector.batches();
  expect(others).toEqual([]);
  expect(batch?.wire_bytes).toBeGreaterThan(BEACON_CHARACTERS);
});

test('batches are stored by count, by time, and when the page is left', async ({
  page,
  pages,
  collector,
}) => {
  await page.evaluate((host) => {
    const tracker = new Client({ host, project: 'demo', logstore: 'web', count: 4, time: 0.3 });
    for (let n = 0; n < 6; n++) tracker.send({ n });
  }, collector.url);
  await expectStored(collector, 'n', numbers(6));
  expect((await collector.batches()).map(({ logs }) => logs)).toEqual([4, 2]);

  await page.evaluate((host) => {
    const tracker = new Client({ host, project: 'demo', logstore: 'web', count: 10, time: 3600 });
    for (let n = 6; n < 9; n++) tracker.send({ n });
  }, collector.url);
  await page.goto(`${pages.origin}/next.html`);
  await expectStored(collector, 'n', numbers(9));
});

test.describe('over HTTPS', () => {
  test.use({ ignoreHTTPSErrors: true });

  test('an event sent to project and host is stored', async ({ page, collector }) => {
    const { project, host, stop } = await startHttps(collector.url);
    await page.evaluate(
      ([project, host]) => {
        new Client({ project, host, logstore: 'web' }).sendImmediate({ event: 'hello' });
      },
      [project, host] as const,
    );
    await expectStored(collector, 'event', ['hello']);
    await stop();
  });
});
