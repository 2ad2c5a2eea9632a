// Bodies that are written by JSON.stringify, in browsers with toWellFormed() and without it.
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { HEAD, logOf, tailOf } from '../../../../js/src/engine/batch/plain_json.ts';

const native = Object.getOwnPropertyDescriptor(String.prototype, 'toWellFormed');

afterEach(() => {
  if (native) Object.defineProperty(String.prototype, 'toWellFormed', native);
});

test('a log has its fields in their order, with JSON escapes', () => {
  expect(logOf(['event', 'click', 'text', '"a\\b"\n\0'])).toBe(
    '{"event":"click","text":"\\"a\\\\b\\"\\n\\u0000"}',
  );
  expect(logOf([])).toBe('{}');
});

test('a field called __proto__ is a field like any other', () => {
  expect(logOf(['__proto__', 'x', 'constructor', 'y'])).toBe('{"__proto__":"x","constructor":"y"}');
});

describe.each([
  ['with', true],
  ['without', false],
])('in a browser %s toWellFormed()', (_, has) => {
  const written = (fields: readonly string[]) => {
    if (!has) Reflect.deleteProperty(String.prototype, 'toWellFormed');
    return logOf(fields);
  };

  test('lone surrogates in keys and values become U+FFFD', () => {
    expect(written(['\udc00k', 'a\ud800', 'b', '\ude00\ud83d'])).toBe(
      '{"\ufffdk":"a\ufffd","b":"\ufffd\ufffd"}',
    );
  });

  test('surrogate pairs and Chinese text stay as they are', () => {
    expect(written(['键', '😀茶𠮷'])).toBe('{"键":"😀茶𠮷"}');
    expect(written(['k', '😀\ud83d😀'])).toBe('{"k":"😀\ufffd😀"}');
  });
});

test('the tail has the source, the topic and the tags', () => {
  const tags = { release: '7', page: '首页 "a"' };
  expect(tailOf({ source: 'web', topic: 't', tags })).toBe(
    '],"__source__":"web","__topic__":"t","__tags__":{"release":"7","page":"首页 \\"a\\""}}',
  );
});

test('an empty topic is left out, an empty source and no tags are not', () => {
  expect(tailOf({ source: '', topic: '', tags: {} })).toBe('],"__source__":"","__tags__":{}}');
});

test('head, logs and tail are one JSON body, whatever the text', () => {
  const text = fc.string({ unit: 'grapheme' });
  const envelopes = fc.record({ source: text, topic: text, tags: fc.dictionary(text, text) });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), envelopes, (events, envelope) => {
      const logs = events.map(([event, value]) => logOf(['event', event, 'value', value]));
      const { source, topic, tags } = envelope;
      expect(JSON.parse(HEAD + logs.join() + tailOf(envelope))).toEqual({
        __logs__: events.map(([event, value]) => ({ event, value })),
        __source__: source,
        ...(topic && { __topic__: topic }),
        __tags__: { ...tags },
      });
    }),
  );
});
