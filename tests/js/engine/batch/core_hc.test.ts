// core_hc.wasm, the core for workers, behaves like core.wasm and can also compress by LZ4 HC.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Core, NO_BOUND } from '../../../../js/src/engine/batch/core.ts';
import { fieldsOf } from '../../../../js/src/recorder/fields.ts';
import { makeEvents } from '../../../bench/events.ts';
import { goldenCases } from '../../../golden/golden_cases.ts';
import { bodyOf, coreBytes, sealAll } from '../../shipped_core.ts';

type Exports = ConstructorParameters<typeof Core>[0];

const hcBytes = new Uint8Array(
  readFileSync(new URL('../../../../dist/core_hc.wasm', import.meta.url)),
);

const LZ4 = 1;
const LZ4_HC = 2;

/** A core that compresses with `compression` whenever a batch is sealed compressed. */
async function coreOf(bytes: Uint8Array<ArrayBuffer>, compression: number): Promise<Core> {
  const { instance } = await WebAssembly.instantiate(bytes);
  const exports = instance.exports as Exports;
  return new Core({
    ...exports,
    webtrack_seal: (batch, compress, maxWireBytes) =>
      exports.webtrack_seal(batch, compress && compression, maxWireBytes),
  });
}

const neverDropped = () => {
  throw new Error('a field was dropped');
};

const envelope = { source: 'web', topic: 'shop', tags: { release: '42' } };

async function coreWithEvents(
  bytes: Uint8Array<ArrayBuffer>,
  compression: number,
  count: number,
): Promise<Core> {
  const core = await coreOf(bytes, compression);
  core.setEnvelope(envelope);
  for (const event of makeEvents(count, false)) core.append(fieldsOf(event, neverDropped));
  return core;
}

describe('golden cases: events become the exact body in core_hc.wasm', () => {
  test.each(goldenCases)('$name', async ({ source, topic, tags, events, body }) => {
    const core = await coreOf(hcBytes, LZ4_HC);
    core.setEnvelope({ source, topic, tags });
    for (const event of events) core.append(fieldsOf(event, neverDropped));
    for (const level of ['fast', 'none'] as const) {
      const batch = sealAll(core, level);
      expect(batch.events).toBe(events.length);
      expect(bodyOf(batch) === body, `body differs: ${bodyOf(batch).slice(0, 500)}`).toBe(true);
    }
  });
});

test('core_hc.wasm imports nothing and exports the same names as core.wasm', () => {
  const [module, fast] = [hcBytes, coreBytes].map((bytes) => new WebAssembly.Module(bytes));
  if (!module || !fast) throw new Error();
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  const names = (of: WebAssembly.Module) => WebAssembly.Module.exports(of).map(({ name }) => name);
  expect(names(module).sort()).toEqual(names(fast).sort());
});

test('LZ4 HC is smaller than LZ4, and both modules make the same LZ4', async () => {
  const seal = async (bytes: Uint8Array<ArrayBuffer>, compression: number) =>
    sealAll(await coreWithEvents(bytes, compression, 60));
  const fast = await seal(coreBytes, LZ4);
  const high = await seal(hcBytes, LZ4_HC);
  expect(bodyOf(high)).toBe(bodyOf(fast));
  expect(high.body.length).toBeLessThan(0.9 * fast.body.length);
  expect(await seal(hcBytes, LZ4)).toEqual(fast);
  // core.wasm has no HC and uses LZ4 instead.
  expect(await seal(coreBytes, LZ4_HC)).toEqual(fast);
});

test('batches sealed with limits of any size contain all events', async () => {
  const count = 40;
  const whole = JSON.parse(bodyOf(sealAll(await coreWithEvents(hcBytes, LZ4_HC, count)))).__logs__;
  const bounds = fc.array(fc.integer({ min: 1000, max: 6000 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(bounds, async (sizes) => {
      const core = await coreWithEvents(hcBytes, LZ4_HC, count);
      const logs: unknown[] = [];
      for (let part = 0; core.events > 0; part++) {
        const bound = sizes[part % sizes.length] as number;
        const batch = core.seal(bound, 'high');
        if (batch === undefined) throw new Error('not one event fits');
        expect(batch.body.length).toBeLessThanOrEqual(bound);
        logs.push(...JSON.parse(bodyOf(batch)).__logs__);
        core.discard(batch.events);
      }
      expect(logs).toEqual(whole);
    }),
    { numRuns: 20 },
  );
});

test('no batch keeps HC tables after its call', async () => {
  const first = await coreOf(hcBytes, LZ4_HC);
  const batches = [first, ...Array.from({ length: 7 }, () => first.another())];
  const fields = makeEvents(20, false).map((event) => fieldsOf(event, neverDropped));
  for (let round = 0; round < 50; round++) {
    for (const batch of batches) {
      for (const event of fields) batch.append(event);
      batch.discard(sealAll(batch).events);
    }
  }
  expect(first.memoryBytes).toBeLessThan(1024 * 1024);
  expect(first.seal(NO_BOUND, 'high')).toBeUndefined();
});
