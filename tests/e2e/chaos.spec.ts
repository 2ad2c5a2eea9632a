// A short form of `npm run chaos`: its most useful scenarios with fixed seeds and few events, only in Chromium. Firefox
// takes twice as long; run it by `npm run chaos -- --browser firefox`.

import { expect, test } from '@playwright/test';
import {
  notesOf,
  regressions,
  runScenario,
  runsIn,
  type ScenarioSettings,
  scenarioOf,
} from '../chaos/main.ts';

// The scenarios mostly wait, so they can run in parallel.
test.describe.configure({ mode: 'parallel' });

const EVENTS = 60;

const passes = async (run: ScenarioSettings) => {
  const outcome = await runScenario(run);
  expect(outcome.failures, notesOf(outcome).join('\n')).toEqual([]);
};

// The worker with its default options, and the page with the strict option, which may lose nothing.
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
    test(`${kind.host}, ${fault}: ${what}; nothing is lost, and repeats can be recognized`, () =>
      // A worker sends few requests; more events make sure that the faults hit some.
      passes({ fault, events: fault === 'mixed' ? 3 * EVENTS : EVENTS, seed, ...kind }));
  }

  // Larger regressions run by `npm run chaos -- --regressions`.
  for (const run of regressions.filter(({ events }) => events <= 100)) {
    if (!runsIn(kind.host, scenarioOf(run.fault))) continue;
    test(`${kind.host}, ${run.fault}, seed ${run.seed}: once ${run.was}`, () =>
      passes({ ...run, ...kind }));
  }
}

test('worker: without faults no event is sent twice', () =>
  passes({ fault: 'none', events: EVENTS, seed: 1, host: 'worker', exit: 'once' }));
