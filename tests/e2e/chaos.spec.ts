// The shortest form of `npm run chaos`: the most telling of its scenarios, with fixed seeds, on few events,
// in Chromium alone: Firefox takes twice as long, by `npm run chaos -- --browser firefox`.

import { expect, test } from '@playwright/test';
import { notesOf, regressions, runScenario, scenarioOf } from '../chaos/main.ts';

// They wait more than they work.
test.describe.configure({ mode: 'parallel' });

const EVENTS = 60;

const passes = async (run: { fault: string; events: number; seed: number }) => {
  const outcome = await runScenario(run);
  expect(outcome.failures, notesOf(outcome).join('\n')).toEqual([]);
};

for (const [fault, seed] of Object.entries({
  'server-errors': 1,
  'reset-after': 1,
  poison: 1,
  mixed: 1,
  kills: 1,
})) {
  test(`${fault}: ${scenarioOf(fault).what}; nothing is lost, and repeats can be told`, () =>
    passes({ fault, events: EVENTS, seed }));
}

// The others are for `npm run chaos -- --regressions`.
for (const run of regressions.filter(({ events }) => events <= 100)) {
  test(`${run.fault}, seed ${run.seed}: once ${run.was}`, () => passes(run));
}
