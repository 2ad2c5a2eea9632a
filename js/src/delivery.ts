// Takes sealed batches to the endpoint: kept in the outbox before they are sent and deleted when they were
// accepted, one request at a time over all pages of the origin, again and again as the policy says.

import { BATCH_ID_TAG, batchId } from './batch_tags.ts';
import type { Outbox } from './outbox.ts';
import type { Tabs } from './tabs.ts';
import type { Transport } from './transport.ts';
import type { Decision, Notice, Outcome, StoredBatch } from './types.ts';

/** What the core does for delivery; see webtrack_decide and webtrack_unpack of webtrack.h. */
export interface Recovery {
  decide(outcome: Outcome, compressed: boolean, attempts: number): Decision;
  /** The events of a batch. Rejects when its body is damaged. */
  logs(batch: StoredBatch): Promise<Record<string, string>[]>;
  /** The batch in pieces of at most `events` events. Rejects when its body is damaged. */
  cut(batch: StoredBatch, events: number, compress: boolean): Promise<StoredBatch[]>;
}

export interface DeliveryHooks {
  accepted(batch: StoredBatch): void;
  lost(
    batch: StoredBatch,
    reason: 'rejected' | 'too_large' | 'internal_error',
    outcome: Outcome,
  ): void;
  notice(notice: Notice): void;
  /** Nothing waits any more. */
  free(): void;
  /** The endpoint does not read compressed bodies. */
  uncompressed(): void;
}

/** Bodies kept in memory beside the outbox, for an exit: no more could leave with the page. */
const EXIT_BYTES = 65_536;
/** Another page that sends for longer than this may be waiting itself. */
const TURN_MS = 1_000;

export class Delivery {
  readonly #url: string;
  readonly #tracker: string;
  readonly #outbox: Outbox;
  readonly #transport: Transport;
  readonly #tabs: Tabs;
  readonly #hooks: DeliveryHooks;
  #started = false;
  #arrive!: (recovery: Recovery) => void;
  readonly #recovery = new Promise<Recovery>((arrive) => {
    this.#arrive = arrive;
  });
  /** Sealed here and in no request, by id. */
  readonly #unsent = new Map<string, { batch: StoredBatch; kept: Promise<void> | undefined }>();
  #unsentBytes = 0;
  /** In a request of this page, or just answered. */
  readonly #sending = new Set<string>();
  /** Left as a beacon, to which no answer comes. */
  readonly #beaconed = new Set<string>();
  /** Epoch milliseconds before which the endpoint wants nothing. */
  #notBefore = 0;
  #failures = 0;
  #sameFailures = 0;
  #lastStatus = 0;
  /** Writes and exit requests under way. */
  readonly #pending = new Set<Promise<void>>();
  #draining: Promise<void> | undefined;
  /** Something came while the outbox was found empty. */
  #more = false;
  #paused = false;
  /** Raised by every pause: what began before has no say any more, if it ever ends. */
  #run = 0;
  #stopped = false;
  /** Ends the present wait. */
  #wake: (() => void) | undefined;
  /** The endpoint, or another page, makes us wait: nobody should wait for us. */
  #stalled = false;
  #turnTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #onStall = new Set<() => void>();
  readonly #onOnline = () => {
    this.#notBefore = 0;
    this.#wake?.();
  };

  constructor(
    { url, tracker }: Pick<StoredBatch, 'url' | 'tracker'>,
    outbox: Outbox,
    transport: Transport,
    tabs: Tabs,
    hooks: DeliveryHooks,
  ) {
    this.#url = url;
    this.#tracker = tracker;
    this.#outbox = outbox;
    this.#transport = transport;
    this.#tabs = tabs;
    this.#hooks = hooks;
    globalThis.addEventListener?.('online', this.#onOnline);
  }

  /** Begins to send, what earlier pages have left as well. */
  start(recovery: Recovery): void {
    this.#arrive(recovery);
    this.#started = true;
    this.#drain();
  }

  /** Keeps a batch and sends it when its turn comes: as `better`, unless the page leaves before that is there. */
  add(batch: StoredBatch, better?: Promise<StoredBatch>): void {
    // At once where it can be: a page that is leaving has no later.
    let kept = better ? undefined : this.#outbox.put([batch]);
    this.#hold(batch, kept);
    if (better) {
      this.#outbox.expect(batch);
      kept = better.then(
        (best) => (this.isSending(batch) ? undefined : this.#outbox.put([best])),
        () => this.#outbox.put([batch]),
      );
    }
    this.#track(Promise.resolve(kept).then(() => this.#drain()));
  }

  /** Something waits for its turn already. */
  get busy(): boolean {
    return this.#unsent.size > 0 || this.#draining !== undefined;
  }

  /** The page may be going: what waits is sent at once, side by side, as far as the quota allows. */
  leave(): void {
    if (this.mustWait) return;
    const waiting = [...this.#unsent.values()];
    for (const { batch, kept } of waiting.sort((a, b) => byRank(a.batch, b.batch))) {
      if (batch.body.length <= this.#transport.keepaliveRoom) this.sendNow(batch, kept);
    }
  }

  /** The endpoint is to be left alone, for now or on this page, and what waits is kept for another one. */
  get mustWait(): boolean {
    return this.#stopped || (this.isDelayed && this.#outbox.outlivesPage);
  }

  /** The endpoint wants nothing for now. */
  get isDelayed(): boolean {
    return Date.now() < this.#notBefore;
  }

  /** Sends a batch past the queue, by a request that outlives the page. `kept`: it is being stored already. */
  sendNow(batch: StoredBatch, kept?: Promise<void>): void {
    this.forget(batch);
    this.#sending.add(batchId(batch));
    // Side by side, and the request first: the page may have no time for more.
    const sent = this.#transport.send(batch);
    const stored = kept ?? this.#outbox.put([batch]);
    this.#track(
      stored
        .then(() => sent)
        .then((outcome) => this.#settle(batch, outcome))
        .then(() => {
          // Not for nothing: a page that goes while it holds the lock has no place in the back/forward cache.
          if (this.#unsent.size > 0) this.#drain();
        }),
    );
  }

  /** Sends a plain batch as a beacon, to which there is no answer: it stays in the outbox for the next page. */
  beacon(batch: StoredBatch): boolean {
    if (!this.#transport.beacon(batch)) return false;
    this.#beaconed.add(batchId(batch));
    if (this.#outbox.outlivesPage) this.#track(this.#outbox.put([batch]));
    this.#hooks.accepted(batch);
    return true;
  }

  /** Whether the batch has left as a beacon. */
  isBeaconed(batch: StoredBatch): boolean {
    return this.#beaconed.has(batchId(batch));
  }

  // A batch in no request leaves with the page, as far as there is room.
  #hold(batch: StoredBatch, kept: Promise<void> | undefined): void {
    // What a page in the back/forward cache has may be sent by another one.
    if (this.#paused || this.#unsentBytes + batch.body.length > EXIT_BYTES) return;
    this.#unsent.set(batchId(batch), { batch, kept });
    this.#unsentBytes += batch.body.length;
  }

  /** A batch is gone, or on its way: it does not leave with the page. */
  forget(batch: StoredBatch): void {
    const id = batchId(batch);
    this.#unsentBytes -= this.#unsent.get(id)?.batch.body.length ?? 0;
    this.#unsent.delete(id);
  }

  /** Whether a request of this page has the batch. */
  isSending(batch: StoredBatch): boolean {
    return this.#sending.has(batchId(batch));
  }

  /** The page goes into the back/forward cache, or for good: others may send. */
  pause(): void {
    this.#paused = true;
    this.#run++;
    // What a page in the cache waits for, a lock or an answer, may never come.
    this.#draining = undefined;
    clearTimeout(this.#turnTimer);
    this.#pending.clear();
    this.#wake?.();
    this.#tabs.leave();
    this.#outbox.leave();
    this.#unsent.clear();
    this.#unsentBytes = 0;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#tabs.live();
    this.#outbox.back();
    this.#drain();
  }

  /** Resolves when nothing waits any more, or when the endpoint makes it wait. */
  async idle(): Promise<void> {
    for (;;) {
      while (this.#pending.size > 0) await Promise.all(this.#pending);
      if (!this.#draining || this.#stalled) return;
      const stalled = new Promise<void>((stall) => this.#onStall.add(stall));
      await Promise.race([this.#draining, stalled]);
    }
  }

  /** Ends all waiting; what is unsent stays in the outbox. */
  stop(): void {
    this.#stopped = true;
    globalThis.removeEventListener?.('online', this.#onOnline);
    this.pause();
  }

  #drain(): void {
    if (!this.#started || this.#paused || this.#stopped) return;
    this.#more = true;
    if (this.#draining) return;
    const run = this.#run;
    this.#turnTimer = setTimeout(() => this.#stall(), TURN_MS);
    this.#draining = this.#tabs
      .alone(
        this.#url,
        () => {
          clearTimeout(this.#turnTimer);
          return this.#sendAll(run);
        },
        () => this.#isOver(run),
      )
      .then(() => {
        if (run !== this.#run) return;
        clearTimeout(this.#turnTimer);
        this.#draining = undefined;
        if (this.#more) this.#drain();
        else this.#hooks.free();
      });
  }

  async #sendAll(run: number): Promise<void> {
    this.#more = false;
    if (this.#isOver(run)) return;
    this.#stalled = false;
    await this.#adopt();
    while (!this.#isOver(run)) {
      const wait = this.#notBefore - Date.now();
      if (wait > 0) {
        await this.#wait(wait);
        continue;
      }
      this.#more = false;
      const batch = await this.#outbox.next(this.#url, (one) => this.#isWanted(one));
      if (!batch) {
        if (this.#more) continue;
        return;
      }
      // Sent on the way out meanwhile.
      if (this.#sending.has(batchId(batch))) continue;
      this.forget(batch);
      this.#sending.add(batchId(batch));
      await this.#settle(batch, await this.#post(batch));
    }
  }

  #isOver(run: number): boolean {
    return run !== this.#run || this.#stopped;
  }

  async #post(batch: StoredBatch): Promise<Outcome> {
    const outcome = await this.#transport.send(batch);
    if (!outcome.blocked) return outcome;
    // An image's address holds one event.
    if (batch.events > 1) return { status: 413 };
    const [log] = await (await this.#recovery).logs(batch).catch(() => []);
    const { topic, tags } = batch.envelope;
    const id = { [BATCH_ID_TAG]: batchId(batch) };
    return this.#transport.pixel({ __topic__: topic, ...tags, ...id, ...log });
  }

  #isWanted(batch: StoredBatch): boolean {
    const isTaken = this.isSending(batch) || this.isBeaconed(batch);
    return !isTaken && (!batch.owned || batch.tracker === this.#tracker);
  }

  // What pages that are gone have left.
  async #adopt(): Promise<void> {
    const owners = await this.#outbox.owners();
    for (const tracker of await this.#tabs.gone(owners)) await this.#outbox.adopt(tracker);
  }

  // Does what the policy says of an outcome.
  async #settle(batch: StoredBatch, outcome: Outcome): Promise<void> {
    const compressed = batch.encoding !== 'plain';
    const recovery = await this.#recovery;
    const { action, delay } = recovery.decide(outcome, compressed, this.#failuresWith(outcome));
    if (delay > 0) this.#notBefore = Math.max(this.#notBefore, Date.now() + delay);
    else this.#failures = this.#sameFailures = 0;
    if (action === 'ack') {
      await this.#outbox.delete(batch);
      this.#hooks.accepted(batch);
    } else if ((action === 'split' || action === 'bisect') && batch.events > 1) {
      await this.#cut(batch, Math.ceil(batch.events / 2), compressed, outcome);
    } else if (action === 'plain') {
      this.#hooks.uncompressed();
      await this.#cut(batch, batch.events, false, outcome);
    } else if (action === 'split' || action === 'bisect' || action === 'drop') {
      await this.#lose(batch, action === 'split' ? 'too_large' : 'rejected', outcome);
    } else if (action === 'stop') {
      this.#stopped = true;
      const { status, errorCode } = outcome;
      this.#hooks.notice({ kind: 'stopped', status, ...(errorCode && { errorCode }) });
    } else {
      this.#hold(batch, Promise.resolve());
    }
    this.#sending.delete(batchId(batch));
  }

  // In a row, of whatever batch: an outbox that overflows has another oldest one each time. What ends in a
  // drop or a stop counts its own kind alone.
  #failuresWith({ status }: Outcome): number {
    this.#failures++;
    this.#sameFailures = status === this.#lastStatus ? this.#sameFailures + 1 : 1;
    this.#lastStatus = status;
    const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
    return isRefusal ? this.#sameFailures : this.#failures;
  }

  async #cut(
    batch: StoredBatch,
    events: number,
    compress: boolean,
    outcome: Outcome,
  ): Promise<void> {
    const recovery = await this.#recovery;
    const pieces = await recovery.cut(batch, events, compress).catch(() => []);
    const found = pieces.reduce((sum, piece) => sum + piece.events, 0);
    if (found !== batch.events) return this.#lose(batch, 'internal_error', outcome);
    const kept = this.#outbox.put(pieces, batch);
    for (const piece of pieces) this.#hold(piece, kept);
    await kept;
  }

  async #lose(
    batch: StoredBatch,
    reason: 'rejected' | 'too_large' | 'internal_error',
    outcome: Outcome,
  ): Promise<void> {
    await this.#outbox.delete(batch);
    this.#hooks.lost(batch, reason, outcome);
  }

  #stall(): void {
    this.#stalled = true;
    for (const stall of this.#onStall) stall();
    this.#onStall.clear();
  }

  async #wait(milliseconds: number): Promise<void> {
    this.#stall();
    await new Promise<void>((awake) => {
      const timer = setTimeout(awake, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        awake();
      };
      if (this.#paused || this.#stopped) this.#wake();
    });
    this.#wake = undefined;
    this.#stalled = false;
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch(() => {}).then(() => void this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }
}

const byRank = (a: StoredBatch, b: StoredBatch) =>
  Number(b.rank === 'high') - Number(a.rank === 'high');
