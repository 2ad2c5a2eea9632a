// What the runner knows: the events that were recorded, and when which page could not hear an answer.

/** What `record()` of page.js answers for an event. */
export type Recorded = [marker: string, at: number, poisoned: boolean];

export interface KnownEvent {
  at: number;
  document: number;
  poisoned: boolean;
  /** Its process was killed before the library had its time to save it. */
  young: boolean;
}

/** The library begins to save what is open at most so long after it was tracked. */
const SNAPSHOT_MS = 1_000;

/** An answer that was written so shortly before a page went away may not have been acted upon. */
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
  /** By document: so many of its events are older than SNAPSHOT_MS by the page's own timers. */
  readonly #aged = new Map<number, number>();

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

  /** Whether a page was there to hear an answer that was written at that time. */
  heard(document: number | undefined, answered: number): boolean {
    return !this.#absences.some(
      (absence) =>
        (absence.document === 'all' || absence.document === document) &&
        answered + HEARING_MS > absence.from &&
        answered < absence.to,
    );
  }
}
