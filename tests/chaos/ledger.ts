// What the test knows: which events were recorded, and when each page or worker could not hear an answer.
import type { Sender } from './wire_request.ts';

/** What `record()` in page.js returns for an event. */
export type Recorded = [marker: string, at: number, poisoned: boolean];

export interface KnownEvent {
  at: number;
  document: number;
  poisoned: boolean;
  /**
   * Its process was killed before the library had its engine and a second to save the event, or so soon after a page
   * without an engine was left that its notes were lost.
   */
  young: boolean;
}

/** An event is saved this long after it was tracked, if the page had its engine already. */
const SNAPSHOT_MS = 1_000;

/**
 * What a page without an engine saves as it is left, in localStorage, may be lost if the browser is killed this soon:
 * Chromium writes localStorage to disk after five seconds, but not more often than 60 times an hour.
 */
const NOTE_MS = 60_000;

/** A page or worker that ends this soon after an answer was written may not have handled the answer. */
const HEARING_MS = 500;

interface Absence {
  document: number | 'all';
  from: number;
  to: number;
}

export class Ledger {
  readonly events = new Map<string, KnownEvent>();
  /** Events that the library reported as lost, by reason. */
  readonly drops = new Map<string, number>();
  readonly #absences: Absence[] = [];
  /** When a renderer or the browser was killed. */
  readonly #kills: number[] = [];
  /** For each document: how many of its events have had an engine and SNAPSHOT_MS by the page's own timers. */
  readonly #aged = new Map<number, number>();
  readonly #workers: readonly number[];

  /** `workers`: when each worker was started; the page server appends to it. */
  constructor(workers: readonly number[]) {
    this.#workers = workers;
  }

  note(document: number, recorded: readonly Recorded[]): void {
    for (const [marker, at, poisoned] of recorded) {
      this.events.set(marker, { at, document, poisoned, young: false });
    }
  }

  noteAged(document: number, events: number): void {
    this.#aged.set(document, events);
  }

  noteDrop(reason: string, events: number): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + events);
  }

  /** These documents will hear no more answers. Call this before they are left. */
  left(documents: Iterable<number>): void {
    for (const document of documents) {
      this.#absences.push({ document, from: Date.now(), to: Infinity });
    }
  }

  /** Like `left`, but they could not save anything. `all`: nor could documents that were left just before. */
  killed(documents: readonly number[], { all }: { all: boolean }): void {
    const now = Date.now();
    this.#kills.push(now);
    this.left(documents);
    for (const [marker, event] of this.events) {
      const isOpen = documents.includes(event.document);
      const number = Number(marker.split('-').at(-1));
      const aged = this.#aged.get(event.document) ?? 0;
      const left = this.leftAt(event.document) ?? now;
      const hadTime = isOpen ? number < aged : aged > 0 || now - left > NOTE_MS;
      if ((isOpen || all) && (now - event.at < SNAPSHOT_MS || !hadTime)) event.young = true;
    }
  }

  /** No page hears answers until the returned function is called. */
  offline(): () => void {
    const absence: Absence = { document: 'all', from: Date.now(), to: Infinity };
    this.#absences.push(absence);
    return () => {
      absence.to = Date.now();
    };
  }

  /** When a document was left; undefined if it was not. */
  leftAt(document: number): number | undefined {
    return this.#absences.find((absence) => absence.document === document)?.from;
  }

  /** Whether the sender could hear an answer that was written at the time `answered`. */
  heard(sender: Sender, answered: number): boolean {
    const isMissed = ({ from, to }: Pick<Absence, 'from' | 'to'>) =>
      answered + HEARING_MS > from && answered < to;
    if (typeof sender === 'string' && isMissed({ from: this.#deathOf(sender), to: Infinity })) {
      return false;
    }
    return !this.#absences.some(
      (absence) => (absence.document === 'all' || absence.document === sender) && isMissed(absence),
    );
  }

  // A worker dies with the page that started it. Its time of death is the last kill before the next worker started.
  #deathOf(worker: string): number {
    const number = Number(worker.split(' ')[1]);
    const next = this.#workers[number];
    if (next === undefined) return Infinity;
    return this.#kills.filter((at) => at <= next).at(-1) ?? Infinity;
  }
}
