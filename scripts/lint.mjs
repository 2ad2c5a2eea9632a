// Lints every source file, C++ with clang-tidy and the rest with Biome, and checks the types.
import { build } from './build.mjs';
import { lint, types } from './checks.mjs';
import { options, script } from './command_line.mjs';
import { printFailures } from './results.mjs';
import { ensure } from './setup.mjs';
import { step } from './steps.mjs';

await script(async () => {
  options(
    'Usage: npm run lint\n\nLints every source file and checks the types; exits with 1 on any finding.',
  );
  await ensure('test');
  await build({ native: true });
  return printFailures(await step('Linting', async () => [...(await lint()), ...(await types())]));
});
