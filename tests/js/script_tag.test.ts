// The script's own tag: its attributes become options, and the library becomes a global.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as capture from '../../js/src/capture.ts';
import { type Library, ownTag, type PlugIns, startFromTag } from '../../js/src/script_tag.ts';
import type { Capture, Tracker, TrackerOptions } from '../../js/src/types.ts';

beforeEach(() => {
  // So that the global is removed after the test.
  vi.stubGlobal('webtrack', undefined);
  Reflect.deleteProperty(globalThis, Symbol.for('webtrack tags'));
});

afterEach(() => vi.unstubAllGlobals());

const plugIn = (name: string): Capture => ({ name, start: () => () => {} });

/** Three plug-ins, of which `autocapture()` has two. */
const plugIns = {
  clicks: () => plugIn('clicks'),
  pageViews: () => plugIn('page_views'),
  network: () => plugIn('network'),
  autocapture: () => [plugIn('page_views'), plugIn('clicks')],
} as unknown as PlugIns;

const library = () => (globalThis as unknown as { webtrack?: Library }).webtrack;

/** The library of a tag with these attributes, and the options of each tracker that was made. */
function started(dataset: DOMStringMap, given: PlugIns = plugIns) {
  const trackers: { options: TrackerOptions; tracker: Tracker }[] = [];
  const createTracker = (options: TrackerOptions) => {
    const tracker = {} as Tracker;
    trackers.push({ options, tracker });
    return tracker;
  };
  startFromTag({ src: '', base: '', dataset }, given, createTracker);
  return { createTracker, trackers, library: library() };
}

/** Names of the plug-ins that `data-capture` asks for. */
function captured(text: string | undefined): string[] {
  const [made] = started({ logstore: 'web', capture: text }).trackers;
  return (made?.options.capture ?? []).map(({ name }) => name);
}

test('the own tag has the address and the attributes of the script that runs', () => {
  const dataset = { logstore: 'web' };
  vi.stubGlobal('document', { currentScript: { src: 'https://a.example/w.js', dataset } });
  expect(ownTag()).toEqual({
    src: 'https://a.example/w.js',
    base: 'https://a.example/w.js',
    dataset,
  });
});

test.each([
  ['a module or a later run', { currentScript: null }],
  ['a script in an SVG image', { currentScript: {} }],
  ['a worker', undefined],
])('%s has no own tag', (_, document) => {
  vi.stubGlobal('document', document);
  expect(ownTag()).toMatchObject({ src: '', dataset: {} });
});

test('without data-logstore there is the library and no tracker', () => {
  const { library, trackers, createTracker } = started({ host: 'a.example', capture: 'clicks' });
  expect(trackers).toEqual([]);
  expect(library).toEqual({ ...plugIns, createTracker });
  expect(library).not.toHaveProperty('tracker');
});

test('the attributes of the tag are the options of the tracker', () => {
  const { library, trackers } = started({
    host: 'cn-hangzhou.log.aliyuncs.com',
    project: 'p',
    logstore: 'web',
    topic: 't',
    source: 's',
    consent: 'pending',
    capture: '',
  });
  expect(trackers.map(({ options }) => options)).toEqual([
    {
      host: 'cn-hangzhou.log.aliyuncs.com',
      project: 'p',
      logstore: 'web',
      topic: 't',
      source: 's',
      consent: 'pending',
      capture: [],
    },
  ]);
  expect(library?.tracker).toBe(trackers[0]?.tracker);
});

test('attributes of other tools and missing ones are no options', () => {
  const { trackers } = started({ logstore: 'web', turboTrack: 'reload', cfasync: 'false' });
  const given = Object.entries(trackers[0]?.options ?? {}).filter(([, value]) => value);
  expect(given.map(([name]) => name)).toEqual(['logstore', 'capture']);
});

test('an empty data-logstore asks for a tracker, so that the mistake is reported', () => {
  expect(started({ logstore: '' }).trackers).toMatchObject([{ options: { logstore: '' } }]);
});

test.each<[string | undefined, string[]]>([
  [undefined, ['page_views', 'clicks']],
  ['auto', ['page_views', 'clicks']],
  ['autocapture', ['page_views', 'clicks']],
  ['', []],
  [' \n ', []],
  ['network', ['network']],
  ['pageViews clicks', ['page_views', 'clicks']],
  ['\n  clicks\t\n  pageViews ', ['clicks', 'page_views']],
  ['auto network', ['page_views', 'clicks', 'network']],
  ['clicks clicks', ['clicks', 'clicks']],
])('data-capture of %o asks for the plug-ins %o', (text, names) => {
  expect(captured(text)).toEqual(names);
});

test.each([
  ['click', 'click'],
  ['clicks,network', 'clicks,network'],
  ['clicks Network', 'Network'],
  ['page_views', 'page_views'],
  ['toString', 'toString'],
  ['constructor', 'constructor'],
  ['__proto__', '__proto__'],
  ['createTracker', 'createTracker'],
])('data-capture of %o is refused because of %o, and all known names are told', (text, word) => {
  expect(() => captured(text)).toThrow(
    new TypeError(
      `webtrack: there is no plug-in "${word}" for data-capture; ` +
        'there are auto, autocapture, clicks, network, pageViews',
    ),
  );
  // The page keeps the library, and may make a tracker itself.
  expect(library()).toMatchObject(plugIns);
  expect(library()).not.toHaveProperty('tracker');
});

test('if the options are wrong, the page keeps the library without a tracker', () => {
  const createTracker = () => {
    throw new TypeError('webtrack: option "host" is missing');
  };
  const tag = { src: '', base: '', dataset: { logstore: 'web' } };
  expect(() => startFromTag(tag, plugIns, createTracker)).toThrow('option "host" is missing');
  expect(library()?.createTracker).toBe(createTracker);
  expect(library()).not.toHaveProperty('tracker');
});

test('each plug-in of the library can be asked for by its name', () => {
  const names = Object.keys(capture).filter((name) => name !== 'autocapture');
  const [made] = started({ logstore: 'web', capture: names.join(' ') }, capture).trackers;
  expect(made?.options.capture).toHaveLength(names.length);
  const found = (made?.options.capture ?? []).map(({ name }) => name.replaceAll('_', ''));
  expect(found).toEqual(names.map((name) => name.toLowerCase()));
});
