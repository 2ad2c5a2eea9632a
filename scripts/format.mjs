// Formats every source file: C++ with clang-format, the rest with Biome.
import { formatting } from './checks.mjs';
import { options, script } from './command_line.mjs';
import { printFailures } from './results.mjs';
import { ensure } from './setup.mjs';

await script(async () => {
  const { check } = options(
    `Usage: npm run format [-- --check]

Formats every source file.
  --check  change nothing; exit with 1 if a file is not formatted`,
    { check: { type: 'boolean', default: false } },
  );
  await ensure('test');
  return printFailures(await formatting({ write: !check }));
});
