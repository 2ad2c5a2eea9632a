// Scenarios that once failed, with the seed by which they did.

export interface Regression {
  fault: string;
  seed: number;
  events: number;
  /** What was wrong. */
  was: string;
}

export const regressions: readonly Regression[] = [
  {
    fault: 'not-found',
    seed: 4,
    events: 100,
    was: 'the last batch of a page that was left ended with its IndexedDB transaction',
  },
  {
    fault: 'not-found',
    seed: 3,
    events: 100,
    was: 'the same, of a page that was left before IndexedDB was open',
  },
  {
    fault: 'dead-hour',
    seed: 3,
    events: 100,
    was: 'the page after the hour stood still, on the clock of the one before',
  },
  {
    fault: 'dead-hour-full',
    seed: 3,
    events: 100,
    was: 'waits began anew whenever the oldest batch had to go, and what had gone was sent on the way out',
  },
  {
    fault: 'kills',
    seed: 1,
    events: 4_500,
    was: 'a browser that crashed brought back notes that had been adopted, and all of it was sent again',
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
    was: 'poisoned logs that waited were stored, as the runner ended the fault before the last page',
  },
];
