// Starts the demo: installs what is missing, builds, and runs the collector with the shop and the dashboard.
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build, collector } from './build.mjs';
import { options, script } from './command_line.mjs';
import { examples, siteOf } from './examples.mjs';
import { runNginx } from './nginx.mjs';
import { ensure } from './setup.mjs';
import { Failure, root } from './steps.mjs';
import { supervise } from './supervise.mjs';

await script(async () => {
  const chosen = options(
    `Usage: npm start [-- --example NAME --port N --db FILE --host ADDRESS --verbose]

Installs what is missing, builds, and serves the demo shop and the dashboard until Ctrl-C.
  --example NAME  serve an example in place of the shop: ${examples.join(', ')}
  --port N        port; 0 picks a free one (default 8787)
  --db FILE       SQLite database, created if missing (default webtrack.db)
  --host ADDRESS  address to listen on (default 127.0.0.1: this machine only)
  --verbose       print every request`,
    {
      example: { type: 'string' },
      port: { type: 'string', default: '8787' },
      db: { type: 'string', default: resolve(root, 'webtrack.db') },
      host: { type: 'string', default: '127.0.0.1' },
      verbose: { type: 'boolean', default: false },
    },
  );
  if (!/^\d{1,5}$/.test(chosen.port) || Number(chosen.port) > 65_535) {
    throw new Failure(`--port must be a number from 0 to 65535, not ${chosen.port}.`);
  }
  const { example } = chosen;
  if (example !== undefined && !examples.includes(example)) {
    throw new Failure(`--example must be one of ${examples.join(', ')}, not ${example}.`);
  }
  process.stderr.write('webtrack-wasm demo\n');
  await ensure('build');
  await build({ native: true, site: true, ...(example && { examples: [example] }) });

  const site = example ? siteOf(example) : `${root}/build/site`;
  const title = example ? 'Example' : 'Shop';
  if (example !== 'nginx') return serve(site, chosen, ({ url, db }) => greet(title, url, url, db));
  // Visitors see nginx on the chosen port; the collector is behind it.
  let failure = 0;
  const code = await serve(site, { ...chosen, port: '0' }, async ({ url, db }, child) => {
    const setup = { port: Number(chosen.port), site, collector: url };
    const run = runNginx(setup, (address, nginx) => {
      greet(title, address, url, db);
      child.once('close', () => nginx.kill());
    });
    failure = await run.finally(() => child.kill());
  });
  return code || failure;
});

/**
 * Runs the collector until a signal ends it; resolves to the exit code. Calls `started` once it listens, which is when
 * it writes its first line.
 */
function serve(site, { port, db, host, verbose }, started) {
  const args = ['--port', port, '--db', resolve(db), '--host', host, '--site', site];
  return supervise(
    collector,
    verbose ? args : [...args, '--quiet'],
    ['ignore', 'pipe', 'inherit'],
    (child) => {
      const output = createInterface({ input: child.stdout });
      output.once('line', (line) => started(JSON.parse(line), child));
    },
  );
}

function greet(title, address, collector, db) {
  process.stdout.write(`
  ${title.padEnd(9)}  ${address}/
  Dashboard  ${collector}/dashboard.html
  Database   ${resolve(db)}

  Open both side by side: what you do in the one appears in the other. Ctrl-C stops the demo.
`);
}
