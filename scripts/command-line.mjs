// Reads a script's options and reports its failures, the same way for every script.
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Failure } from './steps.mjs';

/** Options of this call; --help prints `help` and ends, an unknown option or value is a Failure. */
export function options(help, definition = {}) {
  let values;
  try {
    ({ values } = parseArgs({ options: { ...definition, help: { type: 'boolean', short: 'h' } } }));
  } catch (error) {
    const hint =
      error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL'
        ? ' (npm takes options that do not stand behind --, as in: npm start -- --port 9000)'
        : '';
    throw new Failure(`${error.message.split('. ')[0]}${hint}\n\n${help}`);
  }
  if (values.help) {
    process.stdout.write(`${help}\n`);
    process.exit(0);
  }
  return values;
}

/** The whole number that an option's text is; one that is none, or out of bounds, is a Failure. */
export function wholeNumber(option, text, least, most, help) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new Failure(
      `--${option} is a whole number from ${least} to ${most}, not ${text}.\n\n${help}`,
    );
  }
  return value;
}

/** Runs a script's `main`; its failure becomes a readable message and exit code 1. */
export async function script(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${error instanceof Failure ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

/** Whether `url`, a module's import.meta.url, is the script that node was told to run. */
export const isMain = (url) =>
  process.argv[1] !== undefined && url === pathToFileURL(realpathSync(process.argv[1])).href;
