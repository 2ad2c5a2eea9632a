// Parses options and reports failures in the same way for every script.
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Failure } from './steps.mjs';

/**
 * Parses the options of this call. --help prints `help` and exits; an unknown option or a wrong value throws a Failure.
 */
export function options(help, definition = {}) {
  let values;
  try {
    ({ values } = parseArgs({ options: { ...definition, help: { type: 'boolean', short: 'h' } } }));
  } catch (error) {
    const hint =
      error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL'
        ? ' (put options after --, or npm takes them itself: npm start -- --port 9000)'
        : '';
    throw new Failure(`${error.message.split('. ')[0]}${hint}\n\n${help}`);
  }
  if (values.help) {
    process.stdout.write(`${help}\n`);
    process.exit(0);
  }
  return values;
}

/** Parses an option's text as a whole number; throws a Failure if it is no such number or out of range. */
export function wholeNumber(option, text, least, most, help) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new Failure(
      `--${option} must be a whole number from ${least} to ${most}, not ${text}.\n\n${help}`,
    );
  }
  return value;
}

/** Runs a script's `main`. An error is printed and becomes exit code 1; a Failure is printed without its stack. */
export async function script(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${error instanceof Failure ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

/** Whether node was started with this module; `url` is its import.meta.url. */
export const isMain = (url) =>
  process.argv[1] !== undefined && url === pathToFileURL(realpathSync(process.argv[1])).href;
