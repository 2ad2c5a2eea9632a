// The race's tables for docs/benchmarks.md, with their explanations.
import { markdownTable } from '../../scripts/table.mjs';

/** The blocks of figures by name, for the parts that were run. */
export function markdownOf(race, { browser, exits, capacity, outages }) {
  const texts = {};
  const of = ({ heads, rows }) => markdownTable(heads, rows);
  if (exits.length > 0) {
    const { stored, closed, cost } = race.exitTables(exits);
    const runs = Math.max(...exits.map((result) => result.runs.length));
    texts.race = `Events stored when the page is left; in brackets what the next visit adds:

${of(stored)}
The same when the tab is closed:

${of(closed)}
Main-thread time of all exit handlers, and bytes of the bodies, when the page is left on the fast network:

${of(cost)}
${browser}. N events of about 350 bytes are recorded in one task, at least a second after the page was
loaded; the exit follows 20 ms later. The endpoint has another origin and answers after 100 ms; \`slow\` adds 150 ms of
latency and limits the upload to 750 kbit/s. This library: events that the collector stored in the worst of ${runs} runs;
times are medians. Peers: events that the endpoint received in one run, with automatic events off, without rate
limits, with batches of 1,000 events for the SLS clients, and otherwise with default options. The back/forward cache
is on, as in visitors' browsers: a page in the cache may still finish its requests, a page whose tab is closed may
not. \`-\`: not run, or so slow to record that the page was not left within 15 s.`;
  }
  if (capacity) texts.capacity = of(race.capacityTable(capacity));
  if (outages.length > 0) {
    texts.outage = `${of(race.outageTable(outages))}
Events stored 30 s after an outage of 5 s: of 21, 20 were recorded during it and one after it. \`-\`: the client sent
nothing during the outage. The SLS clients send every 2 s here.`;
  }
  return texts;
}
