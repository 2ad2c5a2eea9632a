// Delivers sealed batches to the endpoint. A batch is in the outbox until the endpoint has accepted it. All engines of
// the origin together send one request at a time, and repeat it as the retry policy says.

import { clearTimeout, clock, Promise, Set, setTimeout } from '../../natives.ts';
import { batchId } from '../batch/batch_tags.ts';
import { settledOr } from '../bounded.ts';
import type { Notes } from '../notes.ts';
import type { Outbox, Progress } from '../outbox/outbox.ts';
import type { Decision, Level, Outcome, StoredBatch } from '../types.ts';
import { Backoff } from './backoff.ts';
import { Exits } from './exits.ts';
import type { DeliveryHooks } from './hooks.ts';
import type { Recovery } from './recovery.ts';
import type { Transport } from './transport.ts';
import type { Turns } from './turns.ts';
import { UnsentBatches } from './unsent.ts';

/** If another engine has the turn to send for longer than this, it may be in a back-off. */
const TURN_MS = 1_000;
/** Least time between two searches for batches of engines that are gone: a search reads every record. */
const ADOPT_EVERY_MS = 5_000;

export class Delivery {
  readonly #url: string;
  readonly #owner: string;
  readonly #outbox: Outbox;
  readonly #transport: Transport;
  readonly #turns: Turns;
  readonly #notes: Notes;
  readonly #hooks: DeliveryHooks;
  readonly exits: Exits;
  #started = false;
  #resolveRecovery!: (recovery: Recovery) => void;
  #recovery = new Promise<Recovery>((resolve) => {
    this.#resolveRecovery = resolve;
  });
  readonly #unsent = new UnsentBatches();
  /** Ids of batches in a request of this engine, until the answer is processed. */
  readonly #sending = new Set<string>();
  #lastAdoption = Number.NEGATIVE_INFINITY;
  readonly #backoff = new Backoff();
  /** Writes and exit requests in progress. */
  readonly #pending = new Set<Promise<void>>();
  #draining: Promise<void> | undefined;
  /** A batch may have come after the last look into the outbox. */
  #mayHaveMore = false;
  #paused = false;
  /** Incremented by every pause. A drain that began in an earlier run ends itself. */
  #run = 0;
  #stopped = false;
  /** The endpoint or another engine makes delivery wait, so `idle()` must not wait for it. */
  #stalled = false;
  #turnTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #onStall = new Set<() => void>();
  readonly #onOnline = () => this.#backoff.reset();

  constructor(
    { url, tracker }: Pick<StoredBatch, 'url' | 'tracker'>,
    outbox: Outbox,
    transport: Transport,
    turns: Turns,
    notes: Notes,
    hooks: DeliveryHooks,
  ) {
    this.#url = url;
    this.#owner = tracker;
    this.#outbox = outbox;
    this.#transport = transport;
    this.#turns = turns;
    this.#notes = notes;
    this.exits = new Exits(notes);
    this.#hooks = hooks;
    globalThis.addEventListener?.('online', this.#onOnline);
  }

  /** Begins to send, also batches of engines that are gone. */
  start(recovery: Recovery): void {
    this.#resolveRecovery(recovery);
    this.#recovery = Promise.resolve(recovery);
    this.#started = true;
    this.#drain();
  }

  /**
   * Stores a batch and sends it when its turn comes. `recompressed`: a smaller form that replaces the batch, unless the
   * page ends before it is ready. Resolves once the batch is stored. `progress`: see `Outbox.put`.
   */
  add(batch: StoredBatch, recompressed?: Promise<StoredBatch>, progress?: Progress): Promise<void> {
    // Store at once if possible: a page that ends has no time later.
    let kept = recompressed ? undefined : this.#outbox.put([batch], undefined, progress);
    this.#hold(batch, kept);
    if (recompressed) {
      this.#outbox.announce(batch);
      kept = recompressed.then(
        (smaller) =>
          this.isSending(batch) ? undefined : this.#outbox.put([smaller], undefined, progress),
        () => this.#outbox.put([batch], undefined, progress),
      );
    }
    const stored = Promise.resolve(kept);
    this.#track(stored.then(() => this.#drain()));
    return stored;
  }

  /** A batch waits for its turn or is being sent, or the outbox is being searched. */
  get busy(): boolean {
    return this.#unsent.size > 0 || this.#draining !== undefined;
  }

  /** The page may end: sends the waiting batches at once and in parallel, as far as the keepalive quota allows. */
  sendUnsent(): void {
    if (this.mustWait) return;
    for (const { batch, kept } of this.#unsent.inOrder()) {
      // A call within `sendBeacon` may have sent it: Firefox unloads pages there, which calls this method again.
      if (!this.#unsent.has(batch)) continue;
      if (batch.body.length > this.#transport.keepaliveRoom) continue;
      if (this.#transport.fetchOutlivesPage) {
        this.sendNow(batch, kept);
        continue;
      }
      // A compressed batch needs headers, which a beacon cannot have: the next page sends it.
      if (batch.encoding !== 'plain') continue;
      this.forget(batch);
      if (!this.beacon(batch)) this.#hold(batch, kept);
    }
  }

  /** No request may be sent now: delivery has stopped, or is in a back-off while the outbox keeps the batches. */
  get mustWait(): boolean {
    return this.#stopped || (this.isDelayed && this.#outbox.outlivesPage);
  }

  /** Delivery is in a back-off. */
  get isDelayed(): boolean {
    return this.#backoff.left > 0;
  }

  /**
   * Sends a batch out of turn, by a request that outlives the page. `kept`: resolves once the batch is stored, if that
   * has begun.
   */
  sendNow(batch: StoredBatch, kept?: Promise<void>): Promise<void> {
    // Send and store in parallel, the request first: the page may have no time for more.
    const sent = this.#post(batch);
    const stored = kept ?? this.#outbox.put([batch]);
    this.#track(
      stored
        .then(() => sent)
        .then((outcome) => this.#settle(batch, outcome))
        .then(() => {
          // Drain only if needed: a page that ends while it holds the lock cannot enter the back/forward cache.
          if (this.#unsent.size > 0) this.#drain();
        }),
    );
    return stored;
  }

  /** Sends a plain batch as a beacon, which has no answer. False: refused. */
  beacon(batch: StoredBatch): boolean {
    if (!this.#transport.beacon(batch)) return false;
    this.exits.beaconed(batch);
    if (this.exits.isTrusted) this.#outbox.markDelivered(batch);
    // Keep it, because a beacon has no answer: the next page sends it again.
    else if (this.#outbox.outlivesPage) this.#track(this.#outbox.put([batch]));
    this.#hooks.delivered(batch, false);
    return true;
  }

  // Keeps a batch in memory, so that it can be sent when the page ends.
  #hold(batch: StoredBatch, kept: Promise<void> | undefined): void {
    // Not in the back/forward cache: there another engine may send the batch.
    if (!this.#paused) this.#unsent.hold(batch, kept);
  }

  /** Forgets a batch that is sent or no longer exists, so that it is not sent again when the page ends. */
  forget(batch: StoredBatch): void {
    this.#unsent.forget(batch);
  }

  /** Whether a request of this engine carries the batch. */
  isSending(batch: StoredBatch): boolean {
    return this.#sending.has(batchId(batch));
  }

  /** The page enters the back/forward cache or ends: other engines may send its batches. */
  pause(): void {
    this.#halt();
    this.#pending.clear();
    // This page will not hear the answers to these batches.
    const assumed = this.#outbox.outlivesPage ? this.exits.assumeDelivered() : [];
    for (const batch of assumed) {
      this.#outbox.markDelivered(batch);
      this.#hooks.delivered(batch, false);
    }
    this.#outbox.pause();
  }

  #halt(): void {
    this.#paused = true;
    this.#run++;
    // Do not wait for a lock or an answer: it may never reach a page in the cache.
    this.#draining = undefined;
    clearTimeout(this.#turnTimer);
    this.#backoff.wake();
    this.#turns.stopAnswering();
    this.#unsent.clear();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#turns.startAnswering();
    this.#outbox.resume();
    this.#drain();
  }

  /** Resolves when no batch waits any more, or when the endpoint or another engine makes delivery wait. */
  async idle(): Promise<void> {
    for (;;) {
      while (this.#pending.size > 0) await Promise.all(this.#pending);
      if (!this.#draining || this.#stalled) return;
      await settledOr(this.#draining, this.#onStall);
    }
  }

  /** Stops delivery. Unsent batches stay in the outbox, which others may still use. */
  stop(): void {
    this.#stopped = true;
    globalThis.removeEventListener?.('online', this.#onOnline);
    this.#halt();
  }

  /** Restarts delivery after a stop, because another page begins: the endpoint may accept batches now. */
  tryAgain(): void {
    this.#stopped = false;
    this.#drain();
  }

  #drain(): void {
    if (!this.#started || this.#paused || this.#stopped) return;
    this.#mayHaveMore = true;
    if (this.#draining) return;
    const run = this.#run;
    this.#turnTimer = setTimeout(() => this.#stall(), TURN_MS);
    this.#draining = this.#turns
      .runAlone(
        this.#url,
        (isAlone) => {
          clearTimeout(this.#turnTimer);
          return this.#sendAll(run, isAlone);
        },
        () => this.#isOver(run),
      )
      .then(() => {
        if (run !== this.#run) return;
        clearTimeout(this.#turnTimer);
        this.#draining = undefined;
        if (this.#mayHaveMore) this.#drain();
        else this.#hooks.drained();
      });
  }

  async #sendAll(run: number, isAlone: boolean): Promise<void> {
    this.#mayHaveMore = false;
    if (this.#isOver(run)) return;
    this.#stalled = false;
    while (!this.#isOver(run)) {
      if (isAlone) await this.#adopt();
      const wait = this.#backoff.left;
      if (wait > 0) {
        await this.#wait(wait);
        continue;
      }
      this.#mayHaveMore = false;
      const batch = await this.#outbox.next(this.#url, (one) => this.#isWanted(one, isAlone));
      if (!batch) {
        if (this.#mayHaveMore) continue;
        return;
      }
      // Meanwhile the batch was sent because the page may end.
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
    const { keepaliveRoom, fetchOutlivesPage } = this.#transport;
    if (fetchOutlivesPage && batch.body.length <= keepaliveRoom) this.exits.sent(batch);
    return this.#transport.send(batch);
  }

  // An engine that is not alone sends only its own batches, which no other one sends.
  #isWanted(batch: StoredBatch, isAlone: boolean): boolean {
    const isTaken = this.isSending(batch) || this.exits.isBeaconed(batch);
    return !isTaken && (batch.owned ? batch.tracker === this.#owner : isAlone);
  }

  // Takes over the batches of engines that are gone.
  async #adopt(): Promise<void> {
    const now = clock();
    if (now - this.#lastAdoption < ADOPT_EVERY_MS) return;
    this.#lastAdoption = now;
    const owners = await this.#outbox.owners();
    for (const owner of await this.#turns.gone(owners)) await this.#outbox.adopt(owner);
  }

  /** Looks for batches without delay, also for those of engines that are gone. */
  adoptNow(): void {
    this.#lastAdoption = Number.NEGATIVE_INFINITY;
    this.#drain();
  }

  // Applies the retry policy to an outcome.
  async #settle(batch: StoredBatch, outcome: Outcome): Promise<void> {
    const id = batchId(batch);
    const wasAssumed = this.exits.answered(batch);
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
      if (!wasAssumed) this.#hooks.delivered(batch, true);
    } else {
      // The page came back and heard that a batch that counted as delivered was refused.
      if (wasAssumed) await this.#outbox.put([batch]);
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
      this.#hooks.compressionRefused();
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
    for (const stall of [...this.#onStall]) stall();
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
