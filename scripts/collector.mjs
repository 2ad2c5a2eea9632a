// Builds the collector when needed and runs it with the arguments given, as if it had been called itself.
import { build, collector } from './build.mjs';
import { script } from './command-line.mjs';
import { ensure } from './setup.mjs';
import { supervise } from './supervise.mjs';

await script(async () => {
  await ensure('build');
  await build({ native: true });
  return supervise(collector, process.argv.slice(2), 'inherit');
});
