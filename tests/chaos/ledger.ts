// What the runner knows: the events that were recorded, and when which page or worker could not hear an answer.
import type { Sender } from './wire_request.ts';

/** What `record()` of page.js answers for an event. */
export type Recorded = [marker: string, at: number, poisoned: boolean];

export interface KnownEvent {
  at: number;
  document: number;
  poisoned: boolean;
  /** Its process was killed before the library had its time, and its engine, to save it. */
  young: boolean;
}

/** So long after it was tracked an event is saved, in a page that had its engine before. */
const SNAPSHOT_MS = 1_000;

/** An answer that was written so shortly before its page or worker went away may not have been acted upon. */
const HEARING_MS = 500;

interface Absence {
  document: number | 'all';
  from: number;
  to: number;
}

export class Ledger {
  readonly events = new Map<string, KnownEvent>();
  /** Events that the library said were lost, by reason. */
  readonly drops = new Map<string, number>();
  readonly #absences: Absence[] = [];
  /** When a renderer or the browser was killed. */
  readonly #kills: number[] = [];
  /** By document: so many of its events had SNAPSHOT_MS by the page's own timers, and with an engine. */
  readonly #aged = new Map<number, number>();
  readonly #workers: readonly number[];

  /** `workers`: when each of them was started, kept up by who starts them. */
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

  /** These documents will never hear anything again; to be called before they are told. */
  left(documents: Iterable<number>): void {
    for (const document of documents) {
      this.#absences.push({ document, from: Date.now(), to: Infinity });
    }
  }

  /** As `left`, without a chance to save anything; `all` includes documents that have just been left. */
  killed(documents: readonly number[], { all }: { all: boolean }): void {
    const now = Date.now();
    this.#kills.push(now);
    this.left(documents);
    for (const [marker, event] of this.events) {
      const isOpen = documents.includes(event.document);
      const number = Number(marker.split('-').at(-1));
      const hadTime = !isOpen || number < (this.#aged.get(event.document) ?? 0);
      if ((isOpen || all) && (now - event.at < SNAPSHOT_MS || !hadTime)) event.young = true;
    }
  }

  /** No page hears anything; the function that is returned ends that. */
  offline(): () => void {
    const absence: Absence = { document: 'all', from: Date.now(), to: Infinity };
    this.#absences.push(absence);
    return () => {
      absence.to = Date.now();
    };
  }

  /** When a document was left, if it was. */
  leftAt(document: number): number | undefined {
    return this.#absences.find((absence) => absence.document === document)?.from;
  }

  /** Whether its sender was there to hear an answer that was written at that time. */
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

  // A worker dies with the page that started it, and then the next page that misses it starts another one.
  #deathOf(worker: string): number {
    const number = Number(worker.split(' ')[1]);
    const next = this.#workers[number];
    if (next === undefined) return Infinity;
    return this.#kills.filter((at) => at <= next).at(-1) ?? Infinity;
  }
}
