// Runs one scenario with its own collector, fault proxy, page server and browser, and returns the outcome.
import type { ExitPolicy } from '../../js/src/types.ts';
import { type Collector, startCollector } from '../collector/collector_process.ts';
import type { BrowserName } from './browser_life.ts';
import { type Counts, count, failuresOf, lostMarkers, needless } from './counts.ts';
import { deliveryEnd } from './delivery_end.ts';
import { FaultProxy } from './fault_proxy.ts';
import { failuresOfHour, type Hour, sitForAnHour } from './hour.ts';
import { Ledger } from './ledger.ts';
import { defaultDist, PageServer } from './page_server.ts';
import { plan, type Step } from './plan.ts';
import { between, seeded } from './random.ts';
import { type Host, type Scenario, scenarioOf } from './scenarios.ts';
import { type Kept, Visitor } from './visitor.ts';
import { inShort } from './wire_request.ts';

/** Small batches and short waits make many requests from few events. */
const trackerOptions = { flushCount: 20, flushInterval: 300, outboxBytes: 4 * 1024 * 1024 };

/** A failure, because such a run tests nothing. */
const NEVER = 'the fault hit no request';

export interface ScenarioSettings {
  /** A scenario or its name. */
  fault: string | Scenario;
  events: number;
  seed: number;
  /** Where the engine runs. Default: worker. */
  host?: Host;
  /** The tracker's option `exit`. Default: once. */
  exit?: ExitPolicy;
  /** Default: chromium. */
  browser?: BrowserName;
  /** Folder with webtrack.iife.js and the files beside it. Default: dist/. */
  dist?: string;
  /** Milliseconds for the kept events to arrive after the fault has ended. Default: 60,000. */
  deadline?: number;
  /** Gets a line for each step and each request. */
  trace?: (line: string) => void;
}

export interface Outcome extends Counts {
  scenario: string;
  host: Host;
  exit: ExitPolicy;
  /** Connections that were cut before their request was read. */
  refused: number;
  /** Shared workers that were started. */
  workers: number;
  /** Figures of an hour's scenario. */
  hour: Hour | undefined;
  /** What the browser still keeps at the end. */
  keptAtEnd: Kept;
  /** Events that the library reported as lost, by reason. */
  drops: Record<string, number>;
  /** The run stopped at the deadline. */
  late: boolean;
  /** How often the visitor did each step. */
  steps: Record<string, number>;
  /** Requests by what the proxy did to them. */
  fates: Record<string, number>;
  preflights: number;
  /** Why the run has failed; empty if it has passed. */
  failures: string[];
  lostMarkers: string[];
  /** Documents of lost events whose `pagehide` has not run, or whose localStorage is lost. */
  cutShort: number[];
  /** Requests that repeated events needlessly, and the requests that had stored these before. */
  needless: string[];
}

/** What a scenario runs with. */
interface Parts {
  collector: Collector;
  proxy: FaultProxy;
  pages: PageServer;
  ledger: Ledger;
  visitor: Visitor;
}

type VisitSettings = Required<Pick<ScenarioSettings, 'events' | 'seed' | 'deadline' | 'trace'>>;

/** What has happened when delivery has ended. */
interface Visit {
  steps: readonly Step[];
  hour: Hour | undefined;
  end: Awaited<ReturnType<typeof deliveryEnd>>;
  /** Numbers of the documents whose `pagehide` has run. */
  left: readonly number[];
}

/** Runs a scenario with its own browser, profile and collector. */
export async function runScenario({
  fault,
  events,
  seed,
  host = 'worker',
  exit = 'once',
  browser = 'chromium',
  dist = defaultDist,
  deadline = 60_000,
  trace = () => {},
}: ScenarioSettings): Promise<Outcome> {
  const scenario = typeof fault === 'string' ? scenarioOf(fault) : fault;
  const started: { stop(): Promise<unknown> }[] = [];
  const keep = <Part extends { stop(): Promise<unknown> }>(part: Part): Part => {
    started.push(part);
    return part;
  };
  try {
    const collector = keep(await startCollector({ args: ['--logstore', 'web', '--quiet'] }));
    const proxy = keep(await FaultProxy.start(collector.url, trace));
    const options = {
      ...trackerOptions,
      host: proxy.origin,
      logstore: 'web',
      exit,
      ...(host === 'page' && ({ worker: false } as const)),
      ...scenario.options,
    };
    const random = seeded(seed, scenario.name, 'files');
    const delay = () => between(random, 0, scenario.fileDelay ?? 0);
    const pages = keep(await PageServer.start({ prefix: scenario.name, options, dist, delay }));
    const ledger = new Ledger(pages.workers);
    const cutOff = () => proxy.cutOff();
    const visitor = keep(await Visitor.start(ledger, pages.origin, browser, cutOff));
    const parts = { collector, proxy, pages, ledger, visitor };
    const done = await visit(parts, scenario, { events, seed, deadline, trace });
    return outcomeOf(parts, scenario, done, { host, exit, outboxBytes: options.outboxBytes });
  } finally {
    for (const part of started.reverse()) await part.stop();
  }
}

/** Takes the planned steps under the fault, ends the fault, and waits for the end of delivery. */
async function visit(
  { collector, proxy, ledger, visitor }: Parts,
  { name, fault, weights, poison = 0, hour: sitting }: Scenario,
  { events, seed, deadline, trace }: VisitSettings,
): Promise<Visit> {
  proxy.use(fault, seeded(seed, name, 'proxy'));
  const steps = sitting
    ? []
    : plan(seeded(seed, name, 'plan'), events, weights, Math.ceil(events * poison));
  for (const step of steps) {
    trace(stepInShort(step));
    await visitor.take(step);
  }
  const hour = sitting && (await sitForAnHour(visitor, proxy, { count: events, ...sitting }));

  await visitor.closeAll();
  // The endpoint must go on refusing poisoned events.
  if (poison === 0) proxy.calm();
  const last = await visitor.open();
  await last.page.evaluate(() => window.deliver());
  const expected = [...ledger.events].filter(([, event]) => !event.poisoned && !event.young);
  const end = await deliveryEnd(
    collector,
    () => proxy.requests.length,
    () => last.page.evaluate(() => window.kept()),
    expected.map(([marker]) => marker),
    deadline,
  );
  return { steps, hour, end, left: await last.page.evaluate(() => window.documentsLeft()) };
}

function outcomeOf(
  { proxy, pages, ledger }: Parts,
  scenario: Scenario,
  { steps, hour, end, left }: Visit,
  { host, exit, outboxBytes }: { host: Host; exit: ExitPolicy; outboxBytes: number },
): Outcome {
  const told = scenario.overflows ? (ledger.drops.get('queue_full') ?? 0) : 0;
  const { requests, refusals } = proxy;
  const seen = { ledger, requests, refusals, storedMarkers: end.markers };
  const counts = count(seen, exit, told);
  const lost = scenario.overflows ? [] : lostMarkers(seen);
  return {
    scenario: scenario.name,
    host,
    exit,
    ...counts,
    refused: refusals.length,
    workers: pages.workers.length,
    hour,
    keptAtEnd: end.kept,
    late: end.late,
    drops: Object.fromEntries(ledger.drops),
    steps: tally(steps.map((step) => step.do)),
    fates: tally(requests.map(({ fate }) => fate)),
    preflights: proxy.preflights,
    failures: [
      ...(struck(scenario, proxy) ? [] : [NEVER]),
      ...(ranIn(host, pages.workers.length) ? [] : [`the engine did not run in the ${host}`]),
      ...failuresOf(counts),
      ...(isCalm(scenario) && host === 'worker' && exit === 'once' && counts.repeated > 0
        ? [`${counts.repeated} repeated without any fault`]
        : []),
      ...(hour ? failuresOfHour(hour, outboxBytes) : []),
    ],
    needless: needless(ledger, requests).map(inShort),
    lostMarkers: lost,
    cutShort: [...new Set(lost.map((marker) => Number(marker.split('-').at(-2))))].filter(
      (document) => !left.includes(document),
    ),
  };
}

/** One line for a step; only the number of its events. */
function stepInShort(step: Step): string {
  const text = JSON.stringify(step, (key, value) => (key === 'events' ? value.length : value));
  return `visitor ${text}`;
}

const isNone = ({ fault }: Scenario) => fault.injections.length === 0 && !fault.outages;

/** Neither the endpoint nor the browser has a fault. */
function isCalm(scenario: Scenario): boolean {
  const { crash = 0, kill = 0, offline = 0 } = scenario.weights;
  return isNone(scenario) && crash + kill + offline === 0;
}

const ranIn = (host: Host, workers: number) => (host === 'worker') === workers > 0;

function struck(scenario: Scenario, { requests, refusals }: FaultProxy): boolean {
  return isNone(scenario) || refusals.length > 0 || requests.some(({ fate }) => fate !== 'pass');
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
