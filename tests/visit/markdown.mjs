// The tables of a run for the documents, with their explanations.
import { markdownTable } from '../../scripts/table.mjs';

export function markdownOf(visit, { browser, rounds, throttle, events, documents, shop }, goals) {
  const of = ({ heads, rows }) => markdownTable(heads, rows);
  const verdicts = goals.map(({ name, is, limit, met }) => [
    name,
    Number(is.toFixed(2)),
    Number(limit.toFixed(2)),
    met ? 'met' : 'missed',
  ]);
  const slow =
    throttle > 1 ? ` The main thread is ${throttle} times slower, as on a slow phone.` : '';
  const texts = [
    `Events only: script time of a page that sends 1 event at \`load\`, 4 half a second later, and 1 at each of 10
clicks.${slow}

${of(visit.eventsTable(events))}`,
  ];
  if (throttle === 1) {
    texts.push(`Three documents of 7 s, in which each client records what it does by default:

${of(visit.documentsTable(documents))}`);
  }
  if (throttle === 1) {
    texts.push(`Ten visits to the demo shop, five pages each, for each host of the engine:

${of(visit.shopTable(shop))}`);
  }
  texts.push(`${browser}, a new browser for each visit, medians of ${rounds} rounds in which the clients take turns. Each
row shows what its client adds to the page without a tracker. Script time is processor time of the main thread for
compiling and running scripts and for collecting their garbage, the exit included. The column \`main thread\` has
everything that this thread does, and \`all threads\` everything that the page's process does. Both include
painting, so differences of a few milliseconds mean nothing.
`);
  if (throttle === 1) {
    texts.push(of({ heads: ['this library’s goal', 'measured', 'at most', ''], rows: verdicts }));
  }
  return texts.join('\n');
}

/** Rows of the README's table. */
const SHORT = ['webtrack', 'faro', 'sentry', 'posthog'];

/** The README's table: what a visit costs the page, with this library and with others. */
export function shortMarkdownOf({ events, documents }) {
  const rows = SHORT.map((name) => {
    const event = events.find((row) => row.name === name);
    const document = documents.find((row) => row.name === name);
    const kilobytes = (document.bodyBytes + document.headerBytes) / 1000;
    return [
      event.title,
      `${event.script.toFixed(0)} ms`,
      `${document.script.toFixed(0)} ms`,
      document.requests,
      `${kilobytes.toFixed(0)} kB`,
    ];
  });
  const heads = [
    'what a visit costs the page',
    'script, 15 events',
    'script, three documents',
    '… requests',
    '… sent',
  ];
  return `${markdownTable(heads, rows)}

Main thread in a new browser, cold code. In the three documents each client records what it does by default:
[how it is measured](docs/benchmarks.md#the-cost-of-a-visit).`;
}
