import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Core, loadCore, NO_BOUND, Status } from '../../../../js/src/engine/batch/core.ts';
import { MAX_BODY_BYTES, MAX_BODY_EVENTS } from '../../../../js/src/limits.ts';
import { fieldsOf } from '../../../../js/src/recorder/fields.ts';
import { goldenCases } from '../../../golden/golden_cases.ts';
import { bodyOf, coreBytes, sealAll, shippedCore } from '../../shipped_core.ts';

const neverDropped = () => {
  throw new Error('a field was dropped');
};

describe('golden cases: events become the exact body in core.wasm', () => {
  test.each(goldenCases)('$name', async ({ source, topic, tags, events, body }) => {
    const core = await shippedCore();
    core.setEnvelope({ source, topic, tags });
    for (const event of events) {
      expect(core.append(fieldsOf(event, neverDropped))).toBeGreaterThan(0);
    }
    expect(core.events).toBe(events.length);
    for (const level of ['fast', 'none'] as const) {
      const batch = sealAll(core, level);
      expect(batch.events).toBe(events.length);
      // toBe() would print a megabyte if it failed.
      expect(bodyOf(batch) === body, `body differs: ${bodyOf(batch).slice(0, 500)}`).toBe(true);
    }
  });
});

test('core.wasm imports nothing and exports the functions of webtrack.h', () => {
  const module = new WebAssembly.Module(coreBytes);
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  const header = readFileSync(
    new URL('../../../../wasm/include/webtrack.h', import.meta.url),
    'utf8',
  ).replace(/\/\*.*?\*\//gs, '');
  const declared = [...header.matchAll(/^WEBTRACK_API\s[^(]*?(\w+)\(/gm)].map(([, name]) => name);
  expect(declared).toHaveLength(15);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  expect(exported.sort()).toEqual([...declared, 'memory', '_initialize'].sort());
});

const constants = readFileSync(
  new URL('../../../../wasm/include/webtrack_constants.h', import.meta.url),
  'utf8',
);

test('the limits agree with webtrack_constants.h', () => {
  const limit = (name: string) =>
    Number(new RegExp(`#define WEBTRACK_${name} (\\d+)`).exec(constants)?.[1]);
  expect([MAX_BODY_BYTES, MAX_BODY_EVENTS]).toEqual([
    limit('DEFAULT_BYTES'),
    limit('ENDPOINT_LOGS'),
  ]);
});

test('the status codes agree with webtrack_constants.h', () => {
  const codes = [...constants.matchAll(/WEBTRACK_(\w+) = (-\d+)/g)].map(([, name, code]) => [
    name,
    Number(code),
  ]);
  expect(Object.fromEntries(codes)).toEqual(Status);
});

test('core.wasm makes the bytes of the worked example in WIRE_FORMAT.md', async () => {
  const text = readFileSync(new URL('../../../../wasm/WIRE_FORMAT.md', import.meta.url), 'utf8');
  const example = text.slice(text.indexOf('## A worked example'));
  const [json, hex] = [...example.matchAll(/```\n(.*?)```/gs)].map(([, block]) => block?.trim());
  const core = await shippedCore();
  core.append(['event', 'click']);
  core.append(['event', 'click']);
  core.setEnvelope({ source: 'web', topic: 't', tags: { a: 'b' } });
  const batch = sealAll(core);
  expect(bodyOf(batch)).toBe(json);
  expect(Buffer.from(batch.body).toString('hex')).toBe(hex?.replace(/\s/g, ''));
});

test('memory starts small, and its growth does not change the batch', async () => {
  const core = await shippedCore();
  core.append(['k', 'v']);
  expect(core.memoryBytes).toBeLessThanOrEqual(512 * 1024);
  const before = core.memoryBytes;
  const large = 'x'.repeat(1_000_000);
  expect(core.append(['large', large])).toBeGreaterThan(1_000_000);
  expect(core.memoryBytes).toBeGreaterThan(before);
  core.append(['k', 'w']);
  expect(JSON.parse(bodyOf(sealAll(core))).__logs__).toEqual([{ k: 'v' }, { large }, { k: 'w' }]);
});

test('values that recur from event to event are stored correctly', async () => {
  const texts = fc.constantFrom('', 'a', 'a\0b', '"茶"', '\ud800', 'x'.repeat(3000), 'ÿ', '/cart');
  const events = fc.array(
    // Few texts and many fields, so that most values recur. The core remembers no event with more than 31 fields.
    fc
      .array(texts, { maxLength: 36 })
      .map((values) => values.flatMap((text, at) => [`k${at}`, text])),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(events, fc.nat(39), async (list, discardAt) => {
      const core = await shippedCore();
      let kept: readonly string[][] = [];
      for (const [at, fields] of list.entries()) {
        expect(core.append(fields)).toBeGreaterThan(0);
        kept = [...kept, fields];
        if (at !== discardAt) continue;
        core.discard(1);
        kept = kept.slice(1);
      }
      if (kept.length === 0) return;
      expect(JSON.parse(bodyOf(sealAll(core))).__logs__).toEqual(
        kept.map((fields) =>
          Object.fromEntries(
            Array.from({ length: fields.length / 2 }, (_, at) => [
              fields[2 * at],
              fields[2 * at + 1]?.replace('\ud800', '\ufffd'),
            ]),
          ),
        ),
      );
    }),
    { numRuns: 50 },
  );
});

test('text with three UTF-8 bytes for each UTF-16 unit is written whole', async () => {
  const core = await shippedCore();
  const text = '日志'.repeat(10_000);
  expect(core.append(['k', text])).toBeGreaterThan(60_000);
  expect(JSON.parse(bodyOf(sealAll(core))).__logs__).toEqual([{ k: text }]);
});

test('an event too large for a request is refused, and later events are added', async () => {
  const core = await shippedCore();
  core.append(['k', 'v']);
  for (const text of ['x'.repeat(3_000_000), 'x'.repeat(11_000_000), '日'.repeat(4_000_000)]) {
    expect([Status.TOO_LARGE, Status.FULL]).toContain(core.append(['k', text]));
    expect([Status.TOO_LARGE, Status.FULL]).toContain(core.append(['k', `\0${text}`]));
  }
  core.append(['k', 'w']);
  expect(JSON.parse(bodyOf(sealAll(core))).__logs__).toEqual([{ k: 'v' }, { k: 'w' }]);
});

test('seal() with a limit takes the events that fit and keeps the rest', async () => {
  const core = await shippedCore();
  for (let n = 0; n < 1000; n++) core.append(['n', String(n), 'noise', String(Math.sin(n))]);
  const parts: unknown[] = [];
  for (let batch = core.seal(2_000, 'fast'); batch; batch = core.seal(2_000, 'fast')) {
    expect(batch.body.length).toBeLessThanOrEqual(2_000);
    parts.push(...JSON.parse(bodyOf(batch)).__logs__.map((log: { n: string }) => Number(log.n)));
    core.discard(batch.events);
  }
  expect(parts).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  expect(core.events).toBe(0);
  expect(core.seal(NO_BOUND, 'fast')).toBeUndefined();
});

test('a module with another ABI version throws', async () => {
  const { instance } = await WebAssembly.instantiate(coreBytes);
  expect(() => new Core(instance.exports as never)).not.toThrow();
  const exports = { ...instance.exports, webtrack_abi_version: () => 2 };
  expect(() => new Core(exports as never)).toThrow();
});

test('loadCore() rejects invalid bytes', async () => {
  await expect(loadCore(new Uint8Array([1, 2, 3]))).rejects.toThrow();
});
