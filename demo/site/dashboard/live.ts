// The connection: history first, then what arrives, without a gap and without a repeat.
//
// The stream is opened before the history is read, and what it brings meanwhile waits. The history
// ends with batch `cut`; of what waited and of what comes later, only batches above it count. Every
// reconnection reads the history anew, so an outage or an exchanged database needs no other care.

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
  let waiting: (() => void)[] | undefined = [];
  let cut = 0;
  let opening = 0;
  let goneTimer: ReturnType<typeof setTimeout> | undefined;

  receiver.connection('connecting');
  listen();

  function listen(): void {
    const stream = new EventSource('/api/live');
    stream.addEventListener('open', () => void load(++opening));
    stream.addEventListener('error', () => {
      opening++; // a history under way belongs to the lost connection
      lost();
      if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      setTimeout(listen, RETRY_MS);
    });
    stream.addEventListener('batch', ({ data }: MessageEvent<string>) => {
      const batch = JSON.parse(data) as Batch;
      arrive(batch.id, () => receiver.batch(batch));
    });
    stream.addEventListener('log', ({ data }: MessageEvent<string>) => {
      const log = JSON.parse(data) as StoredLog;
      arrive(log.__batch__, () => receiver.log(log));
    });
  }

  function arrive(batch: number, take: () => void): void {
    if (waiting) waiting.push(() => batch > cut && take());
    else if (batch > cut) take();
  }

  async function load(mine: number): Promise<void> {
    waiting = [];
    try {
      const history = await readHistory();
      if (mine !== opening) return;
      cut = history.cut;
      receiver.history(history);
      for (const take of waiting) take();
      waiting = undefined;
      clearTimeout(goneTimer);
      goneTimer = undefined;
      receiver.connection('live');
    } catch {
      if (mine !== opening) return;
      lost();
      setTimeout(() => mine === opening && void load(mine), RETRY_MS);
    }
  }

  function lost(): void {
    if (goneTimer !== undefined) return;
    receiver.connection('reconnecting');
    goneTimer = setTimeout(() => receiver.connection('gone'), GONE_AFTER_MS);
  }
}
