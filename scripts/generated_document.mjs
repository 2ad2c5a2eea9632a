// The command of a document that is made from the sources.
import { readFileSync, writeFileSync } from 'node:fs';
import { options, script } from './command_line.mjs';
import { root } from './steps.mjs';

/**
 * Prints `document` (path from the root) as `wanted()` returns it, or writes it with --write. The exit code is 1 if the
 * file differs and was not written.
 */
export function documentCommand({ command, document, sources, wanted }) {
  return script(async () => {
    const { write } = options(
      `Usage: npm run ${command} [-- --write]

Prints ${document} as made from the types in ${sources}. Exits with 1 if the file differs.
  --write  write the file`,
      { write: { type: 'boolean', default: false } },
    );
    const text = wanted();
    const file = `${root}/${document}`;
    if (write) writeFileSync(file, text);
    else process.stdout.write(text);
    return write || readFileSync(file, 'utf8') === text ? 0 : 1;
  });
}
