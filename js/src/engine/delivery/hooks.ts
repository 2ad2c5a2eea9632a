// What delivery reports to the batcher that it works for.

import type { Notice } from '../../types.ts';
import type { Outcome, StoredBatch } from '../types.ts';

export interface DeliveryHooks {
  /** `isAnswered` false: the batch counts as delivered, because this page will not hear the answer. */
  delivered(batch: StoredBatch, isAnswered: boolean): void;
  lost(
    batch: StoredBatch,
    reason: 'rejected' | 'too_large' | 'internal_error',
    outcome: Outcome,
  ): void;
  notice(notice: Notice): void;
  /** No batch waits to be sent any more. */
  drained(): void;
  /** The endpoint does not accept compressed bodies. */
  compressionRefused(): void;
}
