import { afterEach, expect, test, vi } from 'vitest';
import { engineSettingsOf } from '../../../js/src/recorder/engine_settings.ts';
import { resolveOptions } from '../../../js/src/recorder/options.ts';
import type { TrackerOptions } from '../../../js/src/types.ts';
import { SETTINGS } from './outgoing_fixture.ts';

afterEach(() => vi.unstubAllGlobals());

function settingsOf(options: Partial<TrackerOptions>, captureTags = {}, groupMs = 0) {
  const resolved = resolveOptions({ host: 'https://log.example.com', logstore: 'web', ...options });
  return engineSettingsOf(resolved, captureTags, groupMs);
}

test('an engine gets its settings and nothing else, so that they can be posted to a worker', () => {
  const settings = settingsOf({
    topic: 't',
    flushInterval: 10_000,
    tags: { release: '7' },
    capture: [],
    beforeSend: (event) => event,
    onDrop: () => {},
  });
  expect(settings).toEqual(SETTINGS);
  expect(structuredClone(settings)).toEqual(SETTINGS);
});

test('tags of the page replace those of plug-ins', () => {
  const { tags } = settingsOf({ tags: { a: 'page' } }, { a: 'plug-in', b: 'plug-in' });
  expect(tags).toEqual({ a: 'page', b: 'plug-in' });
});

test.each([
  [10_000, 9_300],
  [700, 0],
  [0, 0],
])('of a flush interval of %i ms %i are left to the engine', (flushInterval, left) => {
  expect(settingsOf({ flushInterval }, {}, 700).flushInterval).toBe(left);
});

test('coreUrl is resolved against the base address of the page', () => {
  vi.stubGlobal('document', { baseURI: 'https://shop.example.com/base/' });
  expect(settingsOf({ coreUrl: 'core.wasm' }).coreUrl).toBe(
    'https://shop.example.com/base/core.wasm',
  );
});

test('in a worker coreUrl is resolved against the address of the worker', () => {
  vi.stubGlobal('location', { href: 'https://shop.example.com/js/worker.js' });
  expect(settingsOf({ coreUrl: '../core.wasm' }).coreUrl).toBe(
    'https://shop.example.com/core.wasm',
  );
});
