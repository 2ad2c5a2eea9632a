// A page with a newer version delivers what a page with version 0.1.0 has left in storage.

import type { Page } from '@playwright/test';
import { NO_BOUND } from '../../js/src/engine/batch/core.ts';
import { shippedCore } from '../js/shipped_core.ts';
import {
  type Collector,
  expect,
  expectStored,
  flush,
  numbers,
  outboxOf,
  type PageOptions,
  test,
} from './fixtures.ts';

/** A batch as version 0.1.0 stored it, except that the body is an array of numbers. */
interface Record {
  body: number[];
  rawBytes: number;
  encoding: string;
  events: number;
  url: string;
  rank: string;
  time: number;
  tracker: string;
  number: number;
  part: string;
  envelope: object;
  owned: boolean;
}

const TRACKER = '1a2b3c4d5e6f';

interface LeftBatch {
  number: number;
  /** The range of steps in the batch; `to` is exclusive. */
  steps: readonly [from: number, to: number];
  part?: string;
  isCompressed?: boolean;
  owned?: boolean;
}

async function recordOf(
  { url }: Collector,
  { number, steps, part = '', isCompressed = false, owned = true }: LeftBatch,
): Promise<Record> {
  const core = await shippedCore();
  const envelope = { source: 's', topic: 't', tags: { release: '7' } };
  const batch_id = `${TRACKER}-${number}${part}`;
  core.setEnvelope({ ...envelope, tags: { ...envelope.tags, batch_id } });
  for (let n = steps[0]; n < steps[1]; n++) {
    core.append(['event', 'step', 'n', String(n), 'ts', String(1_700_000_000_000 + n)]);
  }
  const batch = core.seal(NO_BOUND, isCompressed ? 'fast' : 'none');
  if (!batch) throw new Error('nothing was sealed');
  return {
    ...batch,
    body: [...batch.body],
    url: `${url}/logstores/web/track`,
    rank: 'normal',
    time: Date.now() - 60_000,
    tracker: TRACKER,
    number,
    part,
    envelope,
    owned,
  };
}

/** Writes storage as version 0.1.0 did. */
function writeStorage(page: Page, left: { [place in 'batches' | 'open' | 'notes']: Record[] }) {
  return page.evaluate(async ({ batches, open, notes }) => {
    const request = indexedDB.open('webtrack', 1);
    request.onupgradeneeded = () => {
      for (const store of ['batches', 'open', 'leases']) request.result.createObjectStore(store);
    };
    await new Promise((opened) => {
      request.onsuccess = opened;
    });
    const transaction = request.result.transaction(['batches', 'open'], 'readwrite');
    const whole = (record: Record) => ({ ...record, body: Uint8Array.from(record.body) });
    for (const record of batches) {
      const { url, time, tracker, number, part } = record;
      transaction.objectStore('batches').put(whole(record), [url, 1, time, tracker, number, part]);
    }
    for (const record of open) {
      const { tracker, rank, number } = record;
      transaction.objectStore('open').put(whole(record), [tracker, rank, number]);
    }
    await new Promise((done) => {
      transaction.oncomplete = done;
    });
    request.result.close();
    for (const record of notes) {
      const body = String.fromCharCode(...record.body);
      const key = `webtrack ${record.tracker} ${record.number}${record.part}`;
      localStorage.setItem(key, JSON.stringify({ ...record, body }));
    }
  }, left);
}

for (const [host, options, tag] of [
  ['the page', { worker: false }, []],
  ['the worker', {}, ['@worker']],
] as const satisfies readonly (readonly [string, PageOptions, string[]])[]) {
  test(`batches, open copies and notes of version 0.1.0 are delivered once by ${host}`, {
    tag: [...tag],
  }, async ({ page, pages, open, collector }) => {
    await page.goto(`${pages.origin}/next.html`);
    await writeStorage(page, {
      batches: [
        await recordOf(collector, { number: 0, steps: [0, 40], isCompressed: true }),
        await recordOf(collector, { number: 1, steps: [40, 43], owned: false }),
      ],
      // The note of batch 2 is newer than its open copy and has one more event.
      open: [await recordOf(collector, { number: 2, steps: [43, 45], part: '.open' })],
      notes: [
        await recordOf(collector, { number: 2, steps: [43, 46] }),
        await recordOf(collector, { number: 3, steps: [46, 50] }),
      ],
    });
    await open('script.html', { options });
    await flush(page);
    await expectStored(collector, 'n', numbers(50));
    for (const log of await collector.logs()) {
      expect(log).toMatchObject({ __topic__: 't', __source__: 's', '__tag__:release': '7' });
    }
    expect((await collector.batches()).map(({ batch_id }) => batch_id).sort()).toEqual(
      numbers(4).map((number) => `${TRACKER}-${number}`),
    );
    await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(0);
    await expect.poll(() => outboxOf(page)).toEqual([]);
    await expect.poll(() => outboxOf(page, 'open')).toEqual([]);
  });

  test(`a lone open copy of version 0.1.0 is delivered by ${host}`, { tag: [...tag] }, async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await page.goto(`${pages.origin}/next.html`);
    await writeStorage(page, {
      batches: [],
      open: [await recordOf(collector, { number: 0, steps: [0, 30], part: '.open' })],
      notes: [],
    });
    await open('script.html', { options });
    await flush(page);
    await expectStored(collector, 'n', numbers(30));
    await expect.poll(() => outboxOf(page, 'open')).toEqual([]);
  });
}
