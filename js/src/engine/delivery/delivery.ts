// Takes sealed batches to the endpoint: kept in the outbox before they are sent and deleted when they were
// accepted, one request at a time over all pages of the origin, again and again as the policy says.

import type { Notice } from '../../types.ts';
import { batchId } from '../batch/batch_tags.ts';
import type { Notes } from '../notes.ts';
import type { Outbox, Progress } from '../outbox/outbox.ts';
import type { Decision, Level, Outcome, StoredBatch } from '../types.ts';
import { Backoff } from './backoff.ts';
import { Exits } from './exits.ts';
import type { Tabs } from './tabs.ts';
import type { Transport } from './transport.ts';
import { UnsentBatches } from './unsent.ts';

/** What the core does for delivery; see webtrack_decide and webtrack_unpack of webtrack.h. */
export interface Recovery {
  decide(outcome: Outcome, compressed: boolean, attempts: number): Decision;
  /** The batch in pieces of at most `events` events. Rejects when its body is damaged. */
  cut(batch: StoredBatch, events: number, level: Level): Promise<StoredBatch[]>;
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

/** Another page that sends for longer than this may be waiting itself. */
const TURN_MS = 1_000;
/** So seldom what other pages left is looked for: it means a look at every record. */
const ADOPT_EVERY_MS = 5_000;

export class Delivery {
  readonly #url: string;
  readonly #tracker: string;
  readonly #outbox: Outbox;
  readonly #transport: Transport;
  readonly #tabs: Tabs;
  readonly #notes: Notes;
  readonly #hooks: DeliveryHooks;
  readonly exits: Exits;
  #started = false;
  #arrive!: (recovery: Recovery) => void;
  #recovery = new Promise<Recovery>((arrive) => {
    this.#arrive = arrive;
  });
  readonly #unsent = new UnsentBatches();
  /** In a request of this page, or just answered. */
  readonly #sending = new Set<string>();
  #adopted = Number.NEGATIVE_INFINITY;
  readonly #backoff = new Backoff();
  /** Writes and exit requests under way. */
  readonly #pending = new Set<Promise<void>>();
  #draining: Promise<void> | undefined;
  /** Something came while the outbox was found empty. */
  #more = false;
  #paused = false;
  /** Raised by every pause: what began before has no say any more, if it ever ends. */
  #run = 0;
  #stopped = false;
  /** The endpoint, or another page, makes us wait: nobody should wait for us. */
  #stalled = false;
  #turnTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #onStall = new Set<() => void>();
  readonly #onOnline = () => this.#backoff.reset();

  constructor(
    { url, tracker }: Pick<StoredBatch, 'url' | 'tracker'>,
    outbox: Outbox,
    transport: Transport,
    tabs: Tabs,
    notes: Notes,
    hooks: DeliveryHooks,
  ) {
    this.#url = url;
    this.#tracker = tracker;
    this.#outbox = outbox;
    this.#transport = transport;
    this.#tabs = tabs;
    this.#notes = notes;
    this.exits = new Exits(notes);
    this.#hooks = hooks;
    globalThis.addEventListener?.('online', this.#onOnline);
  }

  /** Begins to send, what earlier pages have left as well. */
  start(recovery: Recovery): void {
    this.#arrive(recovery);
    this.#recovery = Promise.resolve(recovery);
    this.#started = true;
    this.#drain();
  }

  /**
   * Keeps a batch and sends it when its turn comes: as `better`, unless the page leaves before that is there. Resolves
   * once the batch is stored. `progress`: see `Outbox.put`.
   */
  add(batch: StoredBatch, better?: Promise<StoredBatch>, progress?: Progress): Promise<void> {
    // At once where it can be: a page that is leaving has no later.
    let kept = better ? undefined : this.#outbox.put([batch], undefined, progress);
    this.#hold(batch, kept);
    if (better) {
      this.#outbox.expect(batch);
      kept = better.then(
        (best) =>
          this.isSending(batch) ? undefined : this.#outbox.put([best], undefined, progress),
        () => this.#outbox.put([batch], undefined, progress),
      );
    }
    const stored = Promise.resolve(kept);
    this.#track(stored.then(() => this.#drain()));
    return stored;
  }

  /** Something waits for its turn already. */
  get busy(): boolean {
    return this.#unsent.size > 0 || this.#draining !== undefined;
  }

  /** The page may be going: what waits is sent at once, side by side, as far as the quota allows. */
  leave(): void {
    if (this.mustWait) return;
    for (const { batch, kept } of this.#unsent.inOrder()) {
      if (batch.body.length <= this.#transport.keepaliveRoom) this.sendNow(batch, kept);
    }
  }

  /** The endpoint is to be left alone, for now or on this page, and what waits is kept for another one. */
  get mustWait(): boolean {
    return this.#stopped || (this.isDelayed && this.#outbox.outlivesPage);
  }

  /** The endpoint wants nothing for now. */
  get isDelayed(): boolean {
    return this.#backoff.left > 0;
  }

  /** Sends a batch past the queue, by a request that outlives the page. `kept`: it is being stored already. */
  sendNow(batch: StoredBatch, kept?: Promise<void>): Promise<void> {
    // Side by side, and the request first: the page may have no time for more.
    const sent = this.#post(batch);
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
    return stored;
  }

  /** Sends a plain batch as a beacon, to which there is no answer. */
  beacon(batch: StoredBatch): boolean {
    if (!this.#transport.beacon(batch)) return false;
    this.exits.beaconed(batch);
    if (this.exits.isTrusted) this.#outbox.letGo(batch);
    // Kept for want of an answer: the next page sends it again.
    else if (this.#outbox.outlivesPage) this.#track(this.#outbox.put([batch]));
    this.#hooks.accepted(batch);
    return true;
  }

  // A batch that no request has leaves with the page.
  #hold(batch: StoredBatch, kept: Promise<void> | undefined): void {
    // What a page in the back/forward cache has may be sent by another one.
    if (!this.#paused) this.#unsent.hold(batch, kept);
  }

  /** A batch is gone, or on its way: it does not leave with the page. */
  forget(batch: StoredBatch): void {
    this.#unsent.forget(batch);
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
    this.#backoff.wake();
    this.#tabs.leave();
    // No answer to these will be heard.
    const assumed = this.#outbox.outlivesPage ? this.exits.assume() : [];
    for (const batch of assumed) {
      this.#outbox.letGo(batch);
      this.#hooks.accepted(batch);
    }
    this.#outbox.leave();
    this.#unsent.clear();
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

  /** Another page begins: what the endpoint did not take as things were it may take now. */
  tryAgain(): void {
    this.#stopped = false;
    this.#drain();
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
    while (!this.#isOver(run)) {
      await this.#adopt();
      const wait = this.#backoff.left;
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
      await this.#settle(batch, await this.#post(batch));
    }
  }

  #isOver(run: number): boolean {
    return run !== this.#run || this.#stopped;
  }

  async #post(batch: StoredBatch): Promise<Outcome> {
    const id = batchId(batch);
    this.forget(batch);
    this.#sending.add(id);
    if (batch.body.length <= this.#transport.keepaliveRoom) this.exits.sent(batch);
    return this.#transport.send(batch);
  }

  #isWanted(batch: StoredBatch): boolean {
    const isTaken = this.isSending(batch) || this.exits.isBeaconed(batch);
    return !isTaken && (!batch.owned || batch.tracker === this.#tracker);
  }

  // What pages that are gone have left.
  async #adopt(): Promise<void> {
    const now = performance.now();
    if (now - this.#adopted < ADOPT_EVERY_MS) return;
    this.#adopted = now;
    const owners = await this.#outbox.owners();
    for (const tracker of await this.#tabs.gone(owners)) await this.#outbox.adopt(tracker);
  }

  /** Another page handed over what it found: it is looked for anew. */
  adoptNow(): void {
    this.#adopted = Number.NEGATIVE_INFINITY;
    this.#drain();
  }

  // Does what the policy says of an outcome.
  async #settle(batch: StoredBatch, outcome: Outcome): Promise<void> {
    const id = batchId(batch);
    const wasLetGo = this.exits.answered(batch);
    const compressed = batch.encoding !== 'plain';
    const recovery = await this.#recovery;
    const failures = this.#backoff.failuresWith(outcome);
    const decision = recovery.decide(outcome, compressed, failures);
    this.#backoff.settle(decision);
    const { action } = decision;
    const isInDoubt = ['retry', 'pause', 'stop'].includes(action);
    if (this.#outbox.outlivesPage) this.#notes.isInDoubt = isInDoubt;
    if (action === 'ack') {
      await this.#outbox.delete(batch);
      if (!wasLetGo) this.#hooks.accepted(batch);
    } else {
      // The page came back and heard that what it took for delivered is not.
      if (wasLetGo) await this.#outbox.put([batch]);
      await this.#recover(batch, action, compressed, outcome);
    }
    this.#sending.delete(id);
  }

  async #recover(
    batch: StoredBatch,
    action: Decision['action'],
    compressed: boolean,
    outcome: Outcome,
  ): Promise<void> {
    if ((action === 'split' || action === 'bisect') && batch.events > 1) {
      await this.#cut(batch, Math.ceil(batch.events / 2), compressed ? 'fast' : 'none', outcome);
    } else if (action === 'plain') {
      this.#hooks.uncompressed();
      await this.#cut(batch, batch.events, 'none', outcome);
    } else if (action === 'split' || action === 'bisect' || action === 'drop') {
      await this.#lose(batch, action === 'split' ? 'too_large' : 'rejected', outcome);
    } else if (action === 'stop') {
      this.#stopped = true;
      const { status, errorCode } = outcome;
      this.#hooks.notice({ kind: 'stopped', status, ...(errorCode && { errorCode }) });
    } else {
      this.#hold(batch, Promise.resolve());
    }
  }

  async #cut(batch: StoredBatch, events: number, level: Level, outcome: Outcome): Promise<void> {
    const recovery = await this.#recovery;
    const pieces = await recovery.cut(batch, events, level).catch(() => []);
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
    if (!this.#paused && !this.#stopped) await this.#backoff.wait(milliseconds);
    this.#stalled = false;
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch(() => {}).then(() => void this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }
}
