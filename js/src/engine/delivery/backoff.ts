// The back-off: how long to send nothing to the endpoint, and how often it failed in a row.

import { clearTimeout, clock, Promise, setTimeout } from '../../natives.ts';
import type { Decision, Outcome } from '../types.ts';

export class Backoff {
  /** No request before this time of `clock`: the visitor may set the wall clock. */
  #notBefore = 0;
  #failures = 0;
  #sameFailures = 0;
  #lastAnswer = '';
  /** Ends the present wait. */
  #wake: (() => void) | undefined;

  /** Milliseconds left to wait; 0 or less if there is no wait. */
  get left(): number {
    return this.#notBefore - clock();
  }

  /**
   * Counts a failure and returns how many came in a row. The count spans batches, because an outbox that overflows has
   * a new oldest batch each time. For a 4xx other than 408 and 429 only failures with the same status and error code
   * count: failures of another kind must not use up the pauses after a refusal.
   */
  failuresWith({ status, errorCode }: Outcome): number {
    const answer = `${status} ${errorCode}`;
    this.#failures++;
    this.#sameFailures = answer === this.#lastAnswer ? this.#sameFailures + 1 : 1;
    this.#lastAnswer = answer;
    const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
    return isRefusal ? this.#sameFailures : this.#failures;
  }

  /** Applies the decision about an answer: waits for its delay, or forgets the failures if there is none. */
  settle({ delay }: Decision): void {
    if (delay > 0) this.#notBefore = Math.max(this.#notBefore, clock() + delay);
    else this.#failures = this.#sameFailures = 0;
  }

  /** Ends the back-off, because the browser is online again. */
  reset(): void {
    this.#notBefore = 0;
    this.wake();
  }

  /** Resolves after so many milliseconds, or on `wake`. */
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
