// core.js, the core for pages that forbid WebAssembly, behaves like core.wasm.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Core, Status } from '../../../../js/src/engine/batch/core.ts';
import { fieldsOf } from '../../../../js/src/recorder/fields.ts';
import { goldenCases } from '../../../golden/golden_cases.ts';
import { bodyOf, coreBytes, sealAll } from '../../shipped_core.ts';

type Exports = ConstructorParameters<typeof Core>[0];

const file = new URL('../../../../dist/core.js', import.meta.url);
const { default: instantiate }: { default: () => Exports } = await import(file.href);

const neverDropped = () => {
  throw new Error('a field was dropped');
};

describe('golden cases: events become the exact body in core.js', () => {
  test.each(goldenCases)('$name', ({ source, topic, tags, events, body }) => {
    const core = new Core(instantiate());
    core.setEnvelope({ source, topic, tags });
    for (const event of events) {
      expect(core.append(fieldsOf(event, neverDropped))).toBeGreaterThan(0);
    }
    for (const level of ['fast', 'none'] as const) {
      const batch = sealAll(core, level);
      expect(batch.events).toBe(events.length);
      expect(bodyOf(batch) === body, `body differs: ${bodyOf(batch).slice(0, 500)}`).toBe(true);
    }
  });
});

test('core.js exports the same names as core.wasm', () => {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(coreBytes)).map(
    ({ name }) => name,
  );
  expect(Object.keys(instantiate()).sort()).toEqual(names.sort());
});

test('memory grows into a new buffer without changing the batch', () => {
  const exports = instantiate();
  const core = new Core(exports);
  const before = exports.memory.buffer;
  const atFirst = before.byteLength;
  core.append(['k', 'v']);
  const large = 'x'.repeat(1_000_000);
  expect(core.append(['large', large])).toBeGreaterThan(1_000_000);
  expect(core.memoryBytes).toBeGreaterThan(atFirst);
  expect(before.byteLength).toBe(0);
  core.append(['k', 'w']);
  expect(JSON.parse(bodyOf(sealAll(core))).__logs__).toEqual([{ k: 'v' }, { large }, { k: 'w' }]);
});

test('instances are independent, also while the memory of one grows', () => {
  const [one, other] = [new Core(instantiate()), new Core(instantiate())];
  one.append(['n', '1']);
  other.append(['n', '2']);
  one.append(['large', 'x'.repeat(500_000)]);
  other.append(['n', '3']);
  one.discard(1);
  expect(JSON.parse(bodyOf(sealAll(other))).__logs__).toEqual([{ n: '2' }, { n: '3' }]);
  expect(JSON.parse(bodyOf(sealAll(one))).__logs__).toEqual([{ large: 'x'.repeat(500_000) }]);
});

test('an event too large for a request is refused, and the batch keeps its events', () => {
  const core = new Core(instantiate());
  core.append(['k', 'v']);
  for (const text of ['x'.repeat(3_000_000), '日'.repeat(4_000_000)]) {
    expect([Status.TOO_LARGE, Status.FULL]).toContain(core.append(['k', text]));
  }
  expect(JSON.parse(bodyOf(sealAll(core))).__logs__).toEqual([{ k: 'v' }]);
});

test('core.js and core.wasm unpack a batch alike and decide alike', async () => {
  const { instance } = await WebAssembly.instantiate(coreBytes);
  const cores = [instantiate(), instance.exports as unknown as Exports];
  const source = new Core(instantiate());
  for (let n = 0; n < 50; n++)
    source.append(['n', String(n), 'text', 'a "日志" 😀\n'.repeat(n % 7)]);
  const sealed = sealAll(source);
  const results = cores.map((core) => {
    core._initialize();
    const batch = core.webtrack_batch_create(0, 0);
    const put = (bytes: Uint8Array) => {
      const at = core.webtrack_input(batch, bytes.length);
      new Uint8Array(core.memory.buffer).set(bytes, at);
      return bytes.length;
    };
    const bytes = core.webtrack_unpack(batch, put(sealed.body), sealed.rawBytes);
    const at = core.webtrack_sealed_data(batch);
    const unpacked = new TextDecoder().decode(new Uint8Array(core.memory.buffer, at, bytes));
    const refused = core.webtrack_unpack(batch, put(sealed.body), sealed.rawBytes - 1);
    const code = put(new TextEncoder().encode('ShardWriteQuotaExceed'));
    const decided = [1, 2, 9, 2 ** 31].map((failures) =>
      core.webtrack_decide(batch, 403, code, 1, failures, 0, 0x9e37_79b9),
    );
    return { unpacked, refused, decided };
  });
  expect(results[0]).toEqual(results[1]);
  expect(results[0]?.refused).toBe(Status.MALFORMED);
  expect(results[0]?.unpacked).toBe(bodyOf(sealed));
});

test('core.js uses no eval', () => {
  expect(readFileSync(file, 'utf8')).not.toMatch(/\beval\b|\bFunction\s*\(|\bimport\b/);
});
