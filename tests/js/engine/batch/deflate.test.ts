// Compression by the browser's own deflate.
import { inflateSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { canDeflate, deflated } from '../../../../js/src/engine/batch/deflate.ts';
import type { StoredBatch } from '../../../../js/src/engine/types.ts';
import { storedBatch } from '../batch_fixture.ts';

afterEach(() => vi.unstubAllGlobals());

function plainBatch(text: string): StoredBatch {
  const body = new TextEncoder().encode(text);
  return storedBatch({ number: 3, body, rawBytes: body.length, events: 2 });
}

test('canDeflate() says whether the browser has CompressionStream', () => {
  expect(canDeflate()).toBe(true);
  vi.stubGlobal('CompressionStream', undefined);
  expect(canDeflate()).toBe(false);
});

test('zlib reads the compressed body, and nothing else of the batch changes', async () => {
  const text = '{"event":"加入购物车"}'.repeat(100);
  const plain = plainBatch(text);
  const { body, ...rest } = await deflated(plain);
  expect(inflateSync(body).toString()).toBe(text);
  expect(body.length).toBeLessThan(plain.rawBytes / 10);
  expect({ ...rest, body: plain.body }).toEqual({ ...plain, encoding: 'deflate' });
});

test('a body that would not become smaller stays plain', async () => {
  const plain = plainBatch('{}');
  expect(await deflated(plain)).toBe(plain);
});

test('a stream that the browser breaks off is an error', async () => {
  class Broken extends TransformStream {
    constructor() {
      super({
        transform() {
          throw new Error('out of memory');
        },
      });
    }
  }
  vi.stubGlobal('CompressionStream', Broken);
  await expect(deflated(plainBatch('a'.repeat(100)))).rejects.toThrow();
});
