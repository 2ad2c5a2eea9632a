// The table, the verdict, and what helps to find a cause.
import type { Outcome } from './run_scenario.ts';

export const heads = [
  'fault',
  'recorded',
  'stored',
  'repeated',
  '… answer lost',
  '… after removal',
  'lost',
  'young',
  'young lost',
  'answers lost',
  'page gone',
  'worst delay, ms',
  'requests',
];

export function rowOf(outcome: Outcome): (string | number)[] {
  return [
    outcome.scenario,
    outcome.recorded,
    outcome.stored,
    outcome.repeated,
    outcome.repeatedLost,
    outcome.repeatedAfterRemoval,
    outcome.lost,
    outcome.young,
    outcome.youngLost,
    outcome.answersLost,
    outcome.answersUnheard,
    outcome.worstDelay,
    outcome.requests,
  ];
}

/** Lines below the table; one scenario after another. */
export function notesOf(outcome: Outcome): string[] {
  const { scenario, fates, drops, underFault, keptAtEnd, lostMarkers } = outcome;
  const notes = [
    `steps: ${list(outcome.steps) || 'none'}; requests: ${list(fates)}, ${outcome.preflights} preflights, ` +
      `${underFault.refused} connections refused`,
  ];
  if (underFault.kept) {
    const { requests, kept } = underFault;
    notes.push(
      `an hour without an endpoint: ${requests} requests, ${kept.records} records in ${kept.bytes} bytes kept`,
    );
  }
  if (Object.keys(drops).length > 0) notes.push(`the library told of drops: ${list(drops)}`);
  if (outcome.poisoned > 0) {
    notes.push(`${outcome.poisoned} poisoned, ${outcome.poisonedStored} of them stored`);
  }
  if (lostMarkers.length > 0) {
    const some = lostMarkers.slice(0, 8).join(' ');
    notes.push(`lost: ${some}${lostMarkers.length > 8 ? ' …' : ''}`);
  }
  if (outcome.late) notes.push(`the deadline ended it; ${keptAtEnd.records} records are kept`);
  return notes.map((note) => `${scenario}: ${note}`);
}

/** `broken`: scenarios that did not come to their end. */
export function verdictOf(outcomes: readonly Outcome[], broken = 0): string {
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  const reasons = failed.map(({ scenario, failures }) => `  ${scenario}: ${failures.join(', ')}\n`);
  const sum = (key: 'recorded' | 'stored' | 'lost') =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const totals = `${sum('recorded')} events recorded, ${sum('stored')} stored, ${sum('lost')} lost`;
  const all = outcomes.length + broken;
  return failed.length + broken === 0
    ? `PASSED: ${all} faults, ${totals}, every repeat explained and removable.\n`
    : `${reasons.join('')}FAILED: ${failed.length + broken} of ${all} faults, ${totals}.\n`;
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, times]) => `${times} ${name}`)
    .join(', ');
