// The shortest form of `npm run chaos`: the most telling of its scenarios, with fixed seeds, on few events,
// in Chromium alone: Firefox takes twice as long, by `npm run chaos -- --browser firefox`.

import { expect, test } from '@playwright/test';
import {
  notesOf,
  regressions,
  runScenario,
  runsIn,
  type ScenarioSettings,
  scenarioOf,
} from '../chaos/main.ts';

// They wait more than they work.
test.describe.configure({ mode: 'parallel' });

const EVENTS = 60;

const passes = async (run: ScenarioSettings) => {
  const outcome = await runScenario(run);
  expect(outcome.failures, notesOf(outcome).join('\n')).toEqual([]);
};

// The worker as most visitors have it; the page in its strictest form, in which it may lose nothing.
const KINDS = [
  { host: 'worker', exit: 'once' },
  { host: 'page', exit: 'certain' },
] as const;

for (const kind of KINDS) {
  for (const [fault, seed] of Object.entries({
    'server-errors': 1,
    'reset-after': 1,
    poison: 1,
    mixed: 1,
    kills: 1,
  })) {
    const { what } = scenarioOf(fault);
    test(`${kind.host}, ${fault}: ${what}; nothing is lost, and repeats can be told`, () =>
      // A worker needs few requests; the fault must meet some.
      passes({ fault, events: fault === 'mixed' ? 3 * EVENTS : EVENTS, seed, ...kind }));
  }

  // The others are for `npm run chaos -- --regressions`.
  for (const run of regressions.filter(({ events }) => events <= 100)) {
    if (!runsIn(kind.host, scenarioOf(run.fault))) continue;
    test(`${kind.host}, ${run.fault}, seed ${run.seed}: once ${run.was}`, () =>
      passes({ ...run, ...kind }));
  }
}

test('worker: no fault, and no event is sent twice', () =>
  passes({ fault: 'none', events: EVENTS, seed: 1, host: 'worker', exit: 'once' }));
