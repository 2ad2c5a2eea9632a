// The former browser SDK of the service, js-sls-logger 2.0.2, as published. No other SDK of the service compresses.

import type SlsWebLogger from 'js-sls-logger';
import { test as base, eventually, expect, expectStored, numbers } from '../e2e/fixtures.ts';
import { type HttpsAddress, openWithClient, startHttps } from './foreign_client.ts';

declare const Client: typeof SlsWebLogger;

const test = base.extend<{ https: HttpsAddress }>({
  // This SDK sends only over HTTPS.
  https: async ({ collector }, use) => {
    const https = await startHttps(collector.url);
    await use(https);
    await https.stop();
  },
});

test.use({ ignoreHTTPSErrors: true });

test.beforeEach(({ page, pages }) => openWithClient(page, pages, 'js-sls-logger'));

for (const [compress, compression, city] of [
  [true, 'lz4', 'Hangzhou'],
  // The SDK's x-log-bodyrawsize counts UTF-16 units. That is wrong for this text, but a plain body does not need it.
  [false, 'none', '杭州'],
] as const) {
  test(`${compress ? 'an LZ4' : 'a plain'} body is stored`, async ({ page, https, collector }) => {
    await page.evaluate(
      ([{ project, host }, compress, city]) => {
        const logger = new Client({ project, host, logstore: 'web', count: 20, compress });
        for (let n = 0; n < 20; n++) {
          logger.send({
            n,
            customer: 'zhangsan',
            product: 'iphone 12 "max" \\ \n',
            price: 7998,
            address: { city, lines: [1, 2] },
            nothing: null,
          });
        }
      },
      [{ project: https.project, host: https.host }, compress, city] as const,
    );
    await expectStored(collector, 'n', numbers(20));
    for (const log of await collector.logs()) {
      expect(log).toMatchObject({
        customer: 'zhangsan',
        product: 'iphone 12 "max" \\ \n',
        price: '7998',
        address: `{"city":"${city}","lines":[1,2]}`,
        nothing: 'null',
      });
    }
    const [batch, ...others] = await collector.batches();
    expect(others).toEqual([]);
    expect(batch).toMatchObject({ compression, logs: 20 });
    if (compress) expect(batch?.wire_bytes).toBeLessThan((batch?.raw_bytes ?? 0) / 4);
  });
}

test('the SDK cannot compress non-ASCII text and does not send it', async ({
  page,
  https,
  collector,
}) => {
  const words: string[] = [];
  page.on('console', (message) => words.push(message.text()));
  await page.evaluate(
    ({ project, host }) => {
      const logger = new Client({ project, host, logstore: 'web', count: 2, compress: true });
      for (const text of ['杭州', '杭州', 'Hangzhou', 'Hangzhou']) {
        logger.send({ text: text.repeat(20) });
      }
    },
    { project: https.project, host: https.host },
  );
  await expectStored(collector, 'text', Array(2).fill('Hangzhou'.repeat(20)));
  expect(words.join()).toContain('output too small');
});

test.describe('with an empty body', () => {
  test.use({ expectedProblems: /Failed to load resource/ });

  test('the LZ4 request that the SDK sends for incompressible events is refused', async ({
    page,
    https,
    collector,
  }) => {
    await page.evaluate(
      ({ project, host }) => {
        const logger = new Client({ project, host, logstore: 'web', count: 2, compress: true });
        logger.send({ text: 'short' });
        logger.send({});
      },
      { project: https.project, host: https.host },
    );
    await eventually(() => collector.batches()).toMatchObject([
      {
        compression: 'lz4',
        wire_bytes: 0,
        status: 400,
        error_code: 'PostBodyUncompressError',
        logs: 0,
      },
    ]);
    expect(await collector.logs()).toEqual([]);
  });
});
