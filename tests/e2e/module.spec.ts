// The ESM entry of the package (`import { createTracker } from 'webtrack-wasm'`) and how it finds core.wasm.

import { expect, expectStored, test } from './fixtures.ts';

const EVENTS = ['first', 'second', 'third'].map((event) => ({ event, text: 'module '.repeat(80) }));
const NAMES = EVENTS.map(({ event }) => event);

test('the module loads core.wasm from its own folder', async ({ open, collector }) => {
  await open('module.html', { events: EVENTS, flush: true });
  await expectStored(collector, 'event', NAMES);
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
});

test('the module loads core.wasm from coreUrl', async ({ open, collector }) => {
  await open('alone.html', {
    options: { coreUrl: '/elsewhere/core.wasm' },
    events: EVENTS,
    flush: true,
  });
  await expectStored(collector, 'event', NAMES);
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
});

test('events tracked before core.wasm has loaded are sent compressed afterwards', async ({
  pages,
  open,
  collector,
}) => {
  await open('module.html', {
    options: { coreUrl: '/held/core.wasm', flushInterval: 0 },
    events: EVENTS,
    flush: true,
  });
  pages.release();
  await expectStored(collector, 'event', NAMES);
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4', logs: 3 }]);
});

test('the module works under a strict CSP that allows WebAssembly', async ({ open, collector }) => {
  await open('module.html', {
    csp: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${collector.url}; img-src data:`,
    events: EVENTS,
    flush: true,
  });
  await expectStored(collector, 'event', NAMES);
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
});

const NO_CORE = {
  'core.wasm is missing': { options: { coreUrl: '/elsewhere/missing.wasm' } },
  'another page answers for core.wasm': { options: { coreUrl: '/next.html' } },
  'the server of core.wasm does not answer': { options: { coreUrl: '/broken/core.wasm' } },
  'a policy forbids to load core.wasm': { csp: 'connect-src http://127.0.0.1:*' },
};

test.describe('without core.wasm', () => {
  test.use({
    expectedProblems: /WebAssembly|wasm-eval|Failed to load|core\.(wasm|js)|module script/,
  });

  test('core.js compresses the events where the CSP forbids WebAssembly', async ({
    open,
    collector,
  }) => {
    const events = [...EVENTS, ...EVENTS];
    await open('module.html', { csp: "script-src 'self'", events, flush: true });
    await expectStored(collector, 'event', [...NAMES, ...NAMES]);
    expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
  });

  test('events are sent uncompressed if core.wasm does not load', async ({ open, collector }) => {
    const reasons: string[] = [];
    for (const [reason, setup] of Object.entries(NO_CORE)) {
      await open('module.html', { ...setup, events: [{ event: reason }], flush: true });
      reasons.push(reason);
      await expectStored(collector, 'event', reasons);
    }
    for (const batch of await collector.batches()) expect(batch.compression).toBe('none');
  });
});
