// The table, the verdict, and what helps to find a cause.
import type { Outcome } from './run_scenario.ts';

export const heads = [
  'fault',
  'recorded',
  'stored',
  'repeated on the wire',
  '… unexplained',
  '… after removal by id',
  'lost',
  '… told',
  '… younger than 1 s',
  'worst delay, s',
  'requests',
];

export function rowOf(outcome: Outcome): (string | number)[] {
  return [
    outcome.scenario,
    outcome.recorded,
    outcome.stored,
    outcome.repeated,
    outcome.repeated - outcome.repeatedLost,
    outcome.repeatedAfterRemoval,
    outcome.lost,
    outcome.told,
    outcome.youngLost,
    (outcome.worstDelay / 1_000).toFixed(1),
    outcome.requests,
  ];
}

/** The last row: sums, and the worst of all delays. */
export function totalOf(outcomes: readonly Outcome[]): (string | number)[] {
  const worst = Math.max(0, ...outcomes.map(({ worstDelay }) => worstDelay));
  return heads.map((head, column) => {
    if (column === 0) return 'all';
    if (head === 'worst delay, s') return (worst / 1_000).toFixed(1);
    return outcomes.reduce((sum, outcome) => sum + Number(rowOf(outcome)[column]), 0);
  });
}

/** Lines below the table; one scenario after another. */
export function notesOf(outcome: Outcome): string[] {
  const { scenario, fates, drops, refused, hour, keptAtEnd, lostMarkers } = outcome;
  const notes = [
    `steps: ${list(outcome.steps) || 'none'}; requests: ${list(fates)}, ${outcome.preflights} preflights, ` +
      `${refused} connections refused; answers: ${outcome.answersLost} lost, ` +
      `${outcome.answersUnheard} to pages that were gone`,
  ];
  if (hour) {
    const { records, bodies, bytes } = hour.kept;
    notes.push(
      `an hour without an endpoint: ${hour.requests} requests, ${records} records of ${bodies} bytes kept ` +
        `in ${bytes} bytes, heap grown by ${hour.heapGrowth} bytes`,
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
  notes.push(...outcome.needless.map((request) => `without need: ${request}`));
  if (outcome.late) notes.push(`the deadline ended it; ${keptAtEnd.records} records are kept`);
  return notes.map((note) => `${scenario}: ${note}`);
}

/** `broken`: scenarios that did not come to their end. */
export function verdictOf(outcomes: readonly Outcome[], broken = 0): string {
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  const reasons = failed.map(({ scenario, failures }) => `  ${scenario}: ${failures.join(', ')}\n`);
  const sum = (key: 'recorded' | 'stored' | 'lost' | 'told' | 'youngLost') =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const totals =
    `${sum('recorded')} events recorded, ${sum('stored')} stored, ${sum('lost')} lost, ` +
    `${sum('told')} told as lost, ${sum('youngLost')} younger than 1 s at a kill`;
  const all = outcomes.length + broken;
  return failed.length + broken === 0
    ? `PASSED: ${all} faults, ${totals}, every repeat explained and removable.\n`
    : `${reasons.join('')}FAILED: ${failed.length + broken} of ${all} faults, ${totals}.\n`;
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, times]) => `${times} ${name}`)
    .join(', ');
