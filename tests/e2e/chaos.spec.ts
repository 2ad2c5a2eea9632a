// The shortest form of `npm run chaos`: the most telling of its scenarios, with fixed seeds, on few events,
// in Chromium alone: Firefox takes twice as long, by `npm run chaos -- --browser firefox`.

import { expect, test } from '@playwright/test';
import { notesOf, regressions, runScenario, scenarioOf } from '../chaos/main.ts';

// They wait more than they work.
test.describe.configure({ mode: 'parallel' });

const EVENTS = 60;

for (const [fault, seed] of Object.entries({
  'server-errors': 1,
  'reset-after': 1,
  poison: 1,
  mixed: 1,
  kills: 1,
})) {
  test(`${fault}: ${scenarioOf(fault).what}; nothing is lost, and repeats can be told`, async () => {
    const outcome = await runScenario({ fault, events: EVENTS, seed });
    expect(outcome.failures, notesOf(outcome).join('\n')).toEqual([]);
  });
}

// The others are for `npm run chaos -- --regressions`.
for (const { fault, seed, events, was } of regressions.filter(({ events }) => events <= 100)) {
  test(`${fault}, seed ${seed}: once ${was}`, async () => {
    const outcome = await runScenario({ fault, events, seed });
    expect(outcome.failures, notesOf(outcome).join('\n')).toEqual([]);
  });
}
