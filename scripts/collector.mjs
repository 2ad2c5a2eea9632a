// Builds the collector if needed and runs it with this script's arguments; passes on signals and the exit code.
import { build, collector } from './build.mjs';
import { script } from './command_line.mjs';
import { ensure } from './setup.mjs';
import { supervise } from './supervise.mjs';

await script(async () => {
  await ensure('build');
  await build({ native: true });
  return supervise(collector, process.argv.slice(2), 'inherit');
});
