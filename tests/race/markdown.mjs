// The race's tables for the README, each with the words that it needs.
import { markdownTable } from '../../scripts/table.mjs';

/** The figures by name, of the parts that were run. */
export function markdownOf(race, { browser, exits, capacity, outages }) {
  const texts = {};
  const of = ({ heads, rows }) => markdownTable(heads, rows);
  if (exits.length > 0) {
    const { stored, closed, cost } = race.exitTables(exits);
    const runs = Math.max(...exits.map((result) => result.runs.length));
    texts.race = `Events stored when the page is left, and in brackets what the next visit adds:

${of(stored)}
The same when the tab is closed:

${of(closed)}
Main-thread time of all handlers of the exit, and bytes of the bodies, leaving the page on the fast network:

${of(cost)}
${browser}; N events of about 350 bytes in one task, a second or more after the page was loaded, the exit 20 ms later, the endpoint on another origin and
100 ms away; \`slow\`: 150 ms more and 750 kbit/s up. This library: the worst of ${runs} runs, times the median,
stored by the collector; peers: one run, as received. Their automatic events are off, their rate limits open,
and batches of the SLS clients hold 1,000 events, else as they come. The back/forward cache is on, as
everywhere: a page that it keeps may still finish requests, one whose tab is closed may not. \`-\`: not run, or so slow
to record that the page was not left within 15 s.`;
  }
  if (capacity) texts.capacity = of(race.capacityTable(capacity));
  if (outages.length > 0) {
    texts.outage = `${of(race.outageTable(outages))}
Of 20 events recorded during the outage of 5 s and one behind it, stored 30 s later. \`-\`: the client sent
nothing while it lasted. The SLS clients send every 2 s here.`;
  }
  return texts;
}
