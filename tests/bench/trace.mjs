// What a page's main thread did, from Chromium's own trace of it.

// The whole of the main thread (RunTask) is told as well, but spreads by 20 ms from load to load: processes are set up,
// pictures decoded, frames painted. What a script can add to is compiling, running and collecting the garbage of scripts.
const SCRIPT =
  /^(EvaluateScript|v8\.\w+|FunctionCall|RunMicrotasks|TimerFire|EventDispatch|FireAnimationFrame|M\w+GC|.*computeIntersections)$/;
const LAYOUT = /^(Layout|UpdateLayoutTree)$/;

const TIMES = ['devtools.timeline', 'v8', 'disabled-by-default-devtools.timeline'];
/** Costs time itself. */
const STACKS = ['devtools.timeline', 'disabled-by-default-devtools.timeline.stack'];

/** What the main thread of the page at `url` did while `act` ran, in the order of time. */
export async function traced(browser, url, act, { stacks = false } = {}) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: stacks ? STACKS : TIMES, excludedCategories: ['*'] },
  });
  try {
    await act();
  } finally {
    await session.send('Tracing.end');
    await complete;
    await session.detach();
  }
  const isMain = ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain';
  const mains = events.filter(isMain).map(({ pid, tid }) => `${pid} ${tid}`);
  const ofThread = (name) => events.filter(({ pid, tid }) => `${pid} ${tid}` === name);
  // Pages that were closed may have a process yet.
  const [main] = mains
    .map(ofThread)
    .sort((a, b) => mentions(b, url) - mentions(a, url))
    .map((list) => list.filter(({ ph }) => ph === 'X').sort((a, b) => a.ts - b.ts));
  return main;
}

const mentions = (events, url) =>
  events.filter(({ args }) => JSON.stringify(args?.data ?? {}).includes(url)).length;

/**
 * Milliseconds of processor time: what other processes take from it is not the page's. Of a call within another one only
 * the outer counts; nothing of what is within one that `isLeftOut`.
 */
export function timeOf(events, isCounted, isLeftOut = () => false) {
  let end = 0;
  let sum = 0;
  for (const event of events) {
    const isOut = isLeftOut(event);
    if (!(isOut || isCounted(event)) || event.ts < end) continue;
    end = event.ts + event.dur;
    if (!isOut) sum += event.tdur ?? event.dur;
  }
  return sum / 1000;
}

export const isScript = ({ name }) => SCRIPT.test(name);
/** When the browser had nothing else to do. */
export const isIdle = ({ name }) => name === 'FireIdleCallback';
/** What comes right behind the page's load. */
export const isShown = ({ name, args }) =>
  name === 'EventDispatch' && args.data.type === 'pageshow';
export const isTask = ({ name }) => name === 'RunTask';

/** The layouts and computations of style that scripts of `folder` have made the browser do: what each stands for, in words. */
export function forcedLayouts(events, folder) {
  return events
    .filter(({ name }) => LAYOUT.test(name))
    .flatMap(({ name, args }) => {
      const ours = args.beginData?.stackTrace?.find(({ url }) => url.startsWith(folder));
      if (!ours) return [];
      const { url, lineNumber, columnNumber } = ours;
      return [`${name} by ${url.slice(folder.length)}:${lineNumber}:${columnNumber}`];
    });
}
