// The demo with one command: sets up, builds, and runs the collector with the shop and the dashboard.
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build, collector } from './build.mjs';
import { options, script } from './command-line.mjs';
import { ensure } from './setup.mjs';
import { Failure, root } from './steps.mjs';
import { supervise } from './supervise.mjs';

await script(async () => {
  const chosen = options(
    `Usage: npm start [-- --port N --db FILE --host ADDRESS --verbose]

Sets up what is missing, builds, and serves the demo shop and the dashboard until Ctrl-C.
  --port N        port; 0 takes a free one (default 8787)
  --db FILE       SQLite database, created when missing (default webtrack.db)
  --host ADDRESS  address to listen on (default 127.0.0.1, this machine alone)
  --verbose       print every request`,
    {
      port: { type: 'string', default: '8787' },
      db: { type: 'string', default: resolve(root, 'webtrack.db') },
      host: { type: 'string', default: '127.0.0.1' },
      verbose: { type: 'boolean', default: false },
    },
  );
  if (!/^\d{1,5}$/.test(chosen.port) || Number(chosen.port) > 65_535) {
    throw new Failure(`--port is a number from 0 to 65535, not ${chosen.port}.`);
  }
  process.stderr.write('webtrack-wasm demo\n');
  await ensure('build');
  await build({ native: true, site: true });

  const { port, db, host, verbose } = chosen;
  const args = [
    '--port',
    port,
    '--db',
    resolve(db),
    '--host',
    host,
    '--site',
    `${root}/build/site`,
  ];
  return supervise(
    collector,
    verbose ? args : [...args, '--quiet'],
    ['ignore', 'pipe', 'inherit'],
    greet,
  );
});

/** Prints the addresses when the collector says that it listens: its first line, in JSON. */
function greet(child) {
  createInterface({ input: child.stdout }).once('line', (line) => {
    const { url, db } = JSON.parse(line);
    process.stdout.write(`
  Shop       ${url}/
  Dashboard  ${url}/dashboard.html
  Database   ${resolve(db)}

  Open both side by side: what you do in the shop appears in the dashboard. Ctrl-C ends it.
`);
  });
}
