// How long the endpoint is to be left alone, and how often it failed in a row.

import type { Decision, Outcome } from '../types.ts';

export class Backoff {
  /** Epoch milliseconds before which the endpoint wants nothing. */
  #notBefore = 0;
  #failures = 0;
  #sameFailures = 0;
  #lastStatus = 0;
  /** Ends the present wait. */
  #wake: (() => void) | undefined;

  /** Milliseconds that are left to wait; 0 or less for none. */
  get left(): number {
    return this.#notBefore - Date.now();
  }

  /**
   * Counts a failure and answers how many came in a row, of whatever batch: an outbox that overflows has another oldest
   * one each time. A status that ends in a drop or a stop counts its own kind alone.
   */
  failuresWith({ status }: Outcome): number {
    this.#failures++;
    this.#sameFailures = status === this.#lastStatus ? this.#sameFailures + 1 : 1;
    this.#lastStatus = status;
    const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
    return isRefusal ? this.#sameFailures : this.#failures;
  }

  /** Takes over what was decided after an answer. */
  settle({ delay }: Decision): void {
    if (delay > 0) this.#notBefore = Math.max(this.#notBefore, Date.now() + delay);
    else this.#failures = this.#sameFailures = 0;
  }

  /** The browser is online again: the next try may come at once. */
  reset(): void {
    this.#notBefore = 0;
    this.wake();
  }

  /** Resolves after so many milliseconds, or when it is woken. */
  async wait(milliseconds: number): Promise<void> {
    await new Promise<void>((awake) => {
      const timer = setTimeout(awake, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        awake();
      };
    });
    this.#wake = undefined;
  }

  wake(): void {
    this.#wake?.();
  }
}
