// The tables of a run for the README, with the words that they need.
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
    `Events only: script time of a page that sends 1 event at \`load\`, 4 half a second later, and 1 at each of 10 clicks.${slow}

${of(visit.eventsTable(events))}`,
  ];
  if (throttle === 1) {
    texts.push(`Three documents of 7 s, in which each client records what it does by default:

${of(visit.documentsTable(documents))}`);
  }
  if (throttle === 1) {
    texts.push(`Ten visits to the demo shop, five pages each, by the host of the engine:

${of(visit.shopTable(shop))}`);
  }
  texts.push(`${browser}, a new browser for each visit, all in turn, medians of ${rounds} rounds. Every row is what its client
adds to the page without a tracker. Script time is processor time of the main thread in scripts: compiling, running and
collecting their garbage, the exit included. \`main thread\` is all that this thread does and \`all threads\` all that the page's process
does; both include painting, so that differences of a few milliseconds mean nothing.
`);
  if (throttle === 1) {
    texts.push(of({ heads: ['this library’s goal', 'is', 'at most', ''], rows: verdicts }));
  }
  return texts.join('\n');
}
