// Sends the golden bodies of the core to the collector: uncompressed, as LZ4 of the shipped module, and as deflate.
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goldenCases } from '../golden/golden_cases.ts';
import { sealAll, shippedCore } from '../js/shipped_core.ts';
import { type Collector, startCollector } from './collector_process.ts';

let collector: Collector;

beforeAll(async () => {
  collector = await startCollector();
});

afterAll(() => collector.stop());

test.each(goldenCases)('$name', async ({ source, topic, tags, logs, body }) => {
  const rawBytes = String(new TextEncoder().encode(body).length);
  const core = await shippedCore();
  core.setEnvelope({ source, topic, tags });
  for (const log of logs) core.append(Object.entries(log).flat());
  const sealed = sealAll(core);
  const wires = [
    { body, headers: {} },
    {
      body: sealed.body,
      headers: {
        ...(sealed.encoding === 'lz4' && { 'x-log-compresstype': 'lz4' }),
        'x-log-bodyrawsize': rawBytes,
      },
    },
    {
      body: new Uint8Array(deflateSync(body)),
      headers: { 'x-log-compresstype': 'deflate', 'x-log-bodyrawsize': rawBytes },
    },
  ];
  const envelope = Object.entries(tags).map(([key, value]) => [`__tag__:${key}`, value]);
  const expected = logs.map((log) => ({
    __topic__: topic,
    __source__: source,
    ...Object.fromEntries(envelope),
    ...log,
  }));
  for (const wire of wires) {
    const response = await fetch(collector.trackUrl, { method: 'POST', ...wire });
    expect(await response.text()).toBe('');
    expect(response.status).toBe(200);
    const stored = await collector.logs({ limit: logs.length });
    const shown = stored.reverse().map(({ __id__, __batch__, __time__, ...log }) => log);
    expect(shown).toEqual(expected);
  }
});
