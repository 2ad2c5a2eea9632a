// Scenarios that once failed, with the seed that made them fail.

export interface Regression {
  fault: string;
  seed: number;
  events: number;
  /** What went wrong. */
  was: string;
}

export const regressions: readonly Regression[] = [
  {
    fault: 'not-found',
    seed: 4,
    events: 100,
    was: 'the last batch of a page that was left was lost, as its IndexedDB transaction was aborted',
  },
  {
    fault: 'not-found',
    seed: 3,
    events: 100,
    was: 'the last batch of a page that was left before IndexedDB was open was lost',
  },
  {
    fault: 'dead-hour',
    seed: 3,
    events: 100,
    was: 'the page after the hour stood still, because the clock was still paused',
  },
  {
    fault: 'dead-hour-full',
    seed: 3,
    events: 100,
    was: 'the wait began anew whenever the oldest batch was evicted, and evicted batches were sent at the exit',
  },
  {
    fault: 'kills',
    seed: 1,
    events: 4_500,
    was: 'a browser that crashed brought back notes that had been adopted, and they were sent again',
  },
  {
    fault: 'too-large-413',
    seed: 1,
    events: 4_500,
    was: 'ten events of a page that was left were missing in one of three runs on a loaded machine',
  },
  {
    fault: 'poison',
    seed: 1,
    events: 4_500,
    was: 'poisoned logs that waited were stored, because the test ended the fault before the last page',
  },
];
