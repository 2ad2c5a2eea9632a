// The table, the verdict, and notes that help to find a cause.
import type { Outcome } from './run_scenario.ts';

export const heads = [
  'fault',
  'host',
  'exit',
  'recorded',
  'stored',
  'repeated on the wire',
  'repeated: unexplained',
  'repeated: after removal by name',
  'lost: unexplained',
  'lost: at an exit',
  'lost: reported',
  'lost: killed within 1 s',
  'worst delay, s',
  'requests',
];

function rowOf(outcome: Outcome): (string | number)[] {
  return [
    outcome.scenario,
    outcome.host,
    outcome.exit,
    outcome.recorded,
    outcome.stored,
    outcome.repeated,
    outcome.repeated - outcome.repeatedLost,
    outcome.repeatedAfterRemoval,
    outcome.lost,
    outcome.lostAtExit,
    outcome.told,
    outcome.youngLost,
    (outcome.worstDelay / 1_000).toFixed(1),
    outcome.requests,
  ];
}

/** A row for each scenario, then a row of totals for each host and exit: sums, and the worst delay. */
export function rowsOf(outcomes: readonly Outcome[]): (string | number)[][] {
  const kinds = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const kind = `${outcome.host} ${outcome.exit}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), outcome]);
  }
  return [...outcomes.map(rowOf), ...[...kinds.values()].map(totalOf)];
}

function totalOf(outcomes: readonly Outcome[]): (string | number)[] {
  const worst = Math.max(...outcomes.map(({ worstDelay }) => worstDelay));
  return heads.map((head, column) => {
    if (head === 'fault') return 'all';
    if (head === 'worst delay, s') return (worst / 1_000).toFixed(1);
    const [cell] = outcomes.map((outcome) => rowOf(outcome)[column]);
    if (typeof cell === 'string') return cell;
    return outcomes.reduce((sum, outcome) => sum + Number(rowOf(outcome)[column]), 0);
  });
}

/** The table for docs/benchmarks.md: a row for each fault; for each host and exit, events lost and repeated. */
export function shortTable(outcomes: readonly Outcome[]): {
  heads: string[];
  rows: (string | number)[][];
} {
  const kindOf = ({ host, exit }: Outcome) => `${host}, ${exit}`;
  const kinds = [...new Set(outcomes.map(kindOf))];
  const scenarios = [...new Set(outcomes.map(({ scenario }) => scenario))];
  const among = (scenario: string | undefined, kind: string) =>
    outcomes.filter((one) => kindOf(one) === kind && (scenario ?? one.scenario) === one.scenario);
  const rows = [...scenarios, undefined].map((scenario) => {
    const all = outcomes.filter((one) => (scenario ?? one.scenario) === one.scenario);
    return [
      scenario ?? 'all',
      sumOf(all, ({ recorded }) => recorded),
      sumOf(all, ({ lost }) => lost),
      sumOf(all, ({ told }) => told),
      sumOf(all, ({ youngLost }) => youngLost),
      ...kinds.map((kind) => cellOf(among(scenario, kind))),
    ];
  });
  return { heads: ['fault', 'recorded', 'lost', 'reported', 'too new', ...kinds], rows };
}

// Events lost at an exit, and repeated ones; '-' for a scenario that does not run in that host.
function cellOf(outcomes: readonly Outcome[]): string {
  if (outcomes.length === 0) return '-';
  const atExit = sumOf(outcomes, ({ lostAtExit }) => lostAtExit);
  return `${atExit} / ${sumOf(outcomes, ({ repeated }) => repeated)}`;
}

const sumOf = (outcomes: readonly Outcome[], figure: (outcome: Outcome) => number) =>
  outcomes.reduce((sum, outcome) => sum + figure(outcome), 0);

/** For example `quota, worker, once`. */
export const nameOf = ({ scenario, host, exit }: Pick<Outcome, 'scenario' | 'host' | 'exit'>) =>
  `${scenario}, ${host}, ${exit}`;

/** Lines about one outcome, printed below the table. */
export function notesOf(outcome: Outcome): string[] {
  const { fates, drops, refused, hour, keptAtEnd, lostMarkers, cutShort, workers } = outcome;
  const notes = [
    `steps: ${list(outcome.steps) || 'none'}; requests: ${list(fates)}, ${outcome.preflights} preflights, ` +
      `${refused} connections cut${workers > 0 ? `, ${workers} workers started` : ''}; answers: ${outcome.answersLost} lost, ` +
      `${outcome.answersUnheard} to senders that were gone`,
  ];
  if (hour) {
    const { records, bodies, bytes } = hour.kept;
    notes.push(
      `an hour without an endpoint: ${hour.requests} requests, ${records} records of ${bodies} bytes kept ` +
        `in ${bytes} bytes, heap grown by ${hour.heapGrowth} bytes`,
    );
  }
  if (Object.keys(drops).length > 0) notes.push(`the library reported drops: ${list(drops)}`);
  if (outcome.poisoned > 0) {
    notes.push(`${outcome.poisoned} poisoned, ${outcome.poisonedStored} of them stored`);
  }
  if (lostMarkers.length > 0) {
    const some = lostMarkers.slice(0, 8).join(' ');
    const documents = cutShort.length > 0 ? `; no trace of pagehide in ${cutShort.join(', ')}` : '';
    notes.push(`lost: ${some}${lostMarkers.length > 8 ? ' …' : ''}${documents}`);
  }
  notes.push(...outcome.needless.map((request) => `needless repeat: ${request}`));
  if (outcome.late)
    notes.push(`stopped at the deadline; ${keptAtEnd.records} records are still kept`);
  return notes.map((note) => `${nameOf(outcome)}: ${note}`);
}

/** `broken`: the number of scenarios that broke off. */
export function verdictOf(outcomes: readonly Outcome[], broken = 0): string {
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  const reasons = failed.map((outcome) => `  ${nameOf(outcome)}: ${outcome.failures.join(', ')}\n`);
  const sum = (key: 'recorded' | 'stored' | 'lost' | 'lostAtExit' | 'told' | 'youngLost') =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const totals =
    `${sum('recorded')} events recorded, ${sum('stored')} stored, ${sum('lost')} lost without a reason, ` +
    `${sum('lostAtExit')} lost at an exit, ${sum('told')} reported as lost, ` +
    `${sum('youngLost')} lost by a kill within 1 s`;
  const all = outcomes.length + broken;
  return failed.length + broken === 0
    ? `PASSED: ${all} runs, ${totals}, every repeat is explained and removable.\n`
    : `${reasons.join('')}FAILED: ${failed.length + broken} of ${all} runs, ${totals}.\n`;
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, times]) => `${times} ${name}`)
    .join(', ');
