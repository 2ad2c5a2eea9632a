import { clock, Map } from './natives.ts';

const MINUTE_MS = 60_000;

/** Counts events by key, and forgets all counts when another minute begins. */
export class MinuteCounts {
  readonly #counts = new Map<string, number>();
  #minute = 0;

  /** Number of different keys in this minute. */
  get size(): number {
    this.#forgetOld();
    return this.#counts.size;
  }

  has(key: string): boolean {
    this.#forgetOld();
    return this.#counts.has(key);
  }

  /** Adds one event, and returns how many of its key there are in this minute. */
  add(key: string): number {
    this.#forgetOld();
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  #forgetOld(): void {
    const minute = Math.floor(clock() / MINUTE_MS);
    if (minute !== this.#minute) this.#counts.clear();
    this.#minute = minute;
  }
}
