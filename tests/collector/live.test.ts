// The live stream: what a dashboard receives while it is connected and after it reconnects.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, type StoredLog, startCollector } from './collector_process.ts';
import { bodyOf, post } from './requests.ts';

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector.stop());

interface LiveEvent {
  event: string;
  data: unknown;
  id?: number;
}

/** Reads server-sent events until the stream is closed. */
class Reader {
  readonly #abort = new AbortController();
  readonly #events: AsyncGenerator<LiveEvent>;
  readonly response: Promise<Response>;

  constructor(url: string, lastEventId?: number | string) {
    const headers: Record<string, string> =
      lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
    this.response = fetch(`${url}/api/live`, { headers, signal: this.#abort.signal });
    this.#events = events(this.response);
  }

  /** Returns the next `count` events, or fewer when the stream ends. */
  async take(count: number): Promise<LiveEvent[]> {
    const taken: LiveEvent[] = [];
    while (taken.length < count) {
      const { value, done } = await this.#events.next();
      if (done) break;
      taken.push(value);
    }
    return taken;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#events.next().catch(() => undefined);
  }
}

async function* events(response: Promise<Response>): AsyncGenerator<LiveEvent> {
  const { body } = await response;
  if (body === null) return;
  let text = '';
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      text = text.slice(end + 2);
      const id = fields.get('id');
      if (!fields.has('data')) continue;
      yield {
        event: fields.get('event') ?? '',
        data: JSON.parse(fields.get('data') ?? ''),
        ...(id === undefined ? {} : { id: Number(id) }),
      };
    }
  }
}

const send = (...texts: string[]) =>
  post(collector.trackUrl, bodyOf(texts.map((text) => ({ text }))));

test('sends batches and logs when they arrive', async () => {
  await send('before');
  const reader = new Reader(collector.url);
  const response = await reader.response;
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.has('access-control-allow-origin')).toBe(false);

  await send('one', 'line\nbreak \u0000');
  const [batch, first, second] = await reader.take(3);
  const [row] = await collector.batches({ limit: 1 });
  const logs = await collector.logs({ limit: 2 });
  expect(batch).toEqual({ event: 'batch', data: row });
  expect(first).toEqual({ event: 'log', data: logs[1] });
  expect(second).toEqual({ event: 'log', data: logs[0], id: row?.id });

  await post(collector.trackUrl, 'nonsense');
  const [refused] = await reader.take(1);
  expect(refused).toMatchObject({
    event: 'batch',
    data: { error_code: 'PostBodyInvalid', logs: 0 },
  });
  expect(refused?.data).toMatchObject({ id: refused?.id });
  await reader.close();
});

test('continues after Last-Event-ID', async () => {
  await send('a');
  const [last] = await collector.batches({ limit: 1 });
  const texts = Array.from({ length: 300 }, (_, i) => `missed ${i}`);
  await send(...texts);
  await send('b');

  const reader = new Reader(collector.url, last?.id);
  const missed = await reader.take(1 + 300 + 1 + 1);
  const logs = missed.filter(({ event }) => event === 'log');
  expect(logs.map(({ data }) => (data as StoredLog).text)).toEqual([...texts, 'b']);
  expect(missed.filter(({ id }) => id !== undefined)).toHaveLength(2);
  await send('c');
  expect(await reader.take(2)).toMatchObject([{ event: 'batch' }, { data: { text: 'c' } }]);
  await reader.close();
});

test('starts now when Last-Event-ID is too large, and refuses invalid ids', async () => {
  const reader = new Reader(collector.url, 1_000_000);
  await reader.response;
  await send('now');
  expect(await reader.take(2)).toMatchObject([{ event: 'batch' }, { data: { text: 'now' } }]);
  await reader.close();
  for (const id of ['x', '-1', '1.5']) {
    expect((await new Reader(collector.url, id).response).status).toBe(400);
  }
});

test('limits the number of readers, and accepts new readers when others leave', async () => {
  const other = await startCollector();
  const readers = Array.from({ length: 16 }, () => new Reader(other.url));
  for (const reader of readers) expect((await reader.response).status).toBe(200);
  const refused = await new Reader(other.url).response;
  expect([refused.status, await refused.json()]).toEqual([503, { error: 'too many live readers' }]);

  await post(other.trackUrl, bodyOf([{ text: 'to all' }]));
  for (const reader of readers) {
    expect(await reader.take(2)).toMatchObject([{}, { data: { text: 'to all' } }]);
    await reader.close();
  }
  await expect
    .poll(
      async () => {
        const reader = new Reader(other.url);
        const { status } = await reader.response;
        await reader.close();
        return status;
      },
      { timeout: 10_000 },
    )
    .toBe(200);
  await other.stop();
});

test('ends immediately when the collector stops', async () => {
  const other = await startCollector();
  const reader = new Reader(other.url);
  await reader.response;
  const rest = reader.take(1);
  const start = Date.now();
  expect(await other.stop()).toBe(0);
  expect(await rest).toEqual([]);
  expect(Date.now() - start).toBeLessThan(3000);
});

test('another site takes no place of a reader', async () => {
  for (const path of ['live', 'logs', 'summary']) {
    const ask = (site: string) =>
      fetch(`${collector.url}/api/${path}`, {
        method: 'HEAD',
        headers: { 'sec-fetch-site': site },
      }).then(({ status }) => status);
    for (const site of ['cross-site', 'same-site'])
      expect([path, await ask(site)]).toEqual([path, 403]);
    for (const site of ['same-origin', 'none']) expect(await ask(site)).not.toBe(403);
  }
});
