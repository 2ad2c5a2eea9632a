// The connection to the collector. Delivers the history first, then new batches and logs, each once.
//
// The stream opens before the history is read. Batches that arrive meanwhile wait in a queue. After
// the history is read, batches up to its `lastBatch` are skipped, because the history contains them.
// Each reconnection reads the history again, which also handles outages and a replaced database.

import { type Batch, type History, readHistory, type StoredLog } from './api.ts';

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'gone';

export interface Receiver {
  connection(state: Connection): void;
  history(history: History): void;
  batch(batch: Batch): void;
  log(log: StoredLog): void;
}

const GONE_AFTER_MS = 8000;
const RETRY_MS = 2000;

export function connect(receiver: Receiver): void {
  let queue: (() => void)[] | undefined = []; // undefined after the history is read
  let lastBatch = 0;
  let connectionNumber = 0;
  let goneTimer: ReturnType<typeof setTimeout> | undefined;

  receiver.connection('connecting');
  listen();

  function listen(): void {
    const stream = new EventSource('/api/live');
    stream.addEventListener('open', () => void load(++connectionNumber));
    stream.addEventListener('error', () => {
      connectionNumber++; // discards a history that is still being read for the lost connection
      onLost();
      if (stream.readyState !== EventSource.CLOSED) return; // the browser reconnects itself
      setTimeout(listen, RETRY_MS);
    });
    stream.addEventListener('batch', ({ data }: MessageEvent<string>) => {
      const batch = JSON.parse(data) as Batch;
      deliver(batch.id, () => receiver.batch(batch));
    });
    stream.addEventListener('log', ({ data }: MessageEvent<string>) => {
      const log = JSON.parse(data) as StoredLog;
      deliver(log.__batch__, () => receiver.log(log));
    });
  }

  function deliver(batch: number, receive: () => void): void {
    if (queue) queue.push(() => batch > lastBatch && receive());
    else if (batch > lastBatch) receive();
  }

  async function load(connection: number): Promise<void> {
    queue = [];
    try {
      const history = await readHistory();
      if (connection !== connectionNumber) return;
      lastBatch = history.lastBatch;
      receiver.history(history);
      for (const receive of queue) receive();
      queue = undefined;
      clearTimeout(goneTimer);
      goneTimer = undefined;
      receiver.connection('live');
    } catch {
      if (connection !== connectionNumber) return;
      onLost();
      setTimeout(() => connection === connectionNumber && void load(connection), RETRY_MS);
    }
  }

  function onLost(): void {
    if (goneTimer !== undefined) return;
    receiver.connection('reconnecting');
    goneTimer = setTimeout(() => receiver.connection('gone'), GONE_AFTER_MS);
  }
}
