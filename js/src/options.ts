// Checks what the page asks for, once, and fills in what it leaves out.

import { isReserved } from './fields.ts';
import type { TrackerOptions } from './types.ts';

/** Options with every default in place. */
export interface Settings {
  url: string;
  topic: string;
  source: string;
  tags: Readonly<Record<string, string>>;
  flushCount: number;
  flushBytes: number;
  flushInterval: number;
  timeField: string | false;
  coreUrl: string | URL | undefined;
  onDrop: NonNullable<TrackerOptions['onDrop']> | undefined;
}

/** Tag that names a batch, so that a reader of the store can tell a repeat. */
export const BATCH_ID_TAG = 'batch_id';

type Rule = (value: unknown) => boolean;

const text: Rule = (value) => typeof value === 'string';
const name: Rule = (value) => typeof value === 'string' && value !== '' && !/[\s/?#]/.test(value);
// A Blob counts bytes also in a page that has broken its TextEncoder.
const short: Rule = (value) => text(value) && new Blob([value as string]).size <= 128;
const whole =
  (least: number, most: number): Rule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

// Each option: what it takes, as the message says it, and the check.
const RULES: Record<keyof TrackerOptions, [string, Rule]> = {
  host: [
    'an endpoint such as "cn-hangzhou.log.aliyuncs.com" or an origin such as "https://log.example.com"',
    (value) =>
      text(value) &&
      (/^[\w.-]+(:\d+)?\/*$/.test(value as string) ||
        (/^https?:\/\/[^\s?#@/][^\s?#@]*$/.test(value as string) && isUrl(value as string))),
  ],
  project: [
    'the name of an SLS project',
    (value) => text(value) && /^[\w-]+$/.test(value as string),
  ],
  logstore: ['the name of an SLS logstore', name],
  topic: ['text of at most 128 bytes', short],
  source: ['text of at most 128 bytes', short],
  tags: [
    `an object of texts without "${BATCH_ID_TAG}", of at most 16384 bytes in all`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !(BATCH_ID_TAG in value) &&
      Object.values(value).every(text) &&
      new Blob(Object.entries(value).flat()).size <= 16_384,
  ],
  flushCount: ['a whole number from 1 to 4096', whole(1, 4096)],
  flushBytes: ['a whole number of bytes from 1 to 2800000', whole(1, 2_800_000)],
  flushInterval: ['a whole number of milliseconds from 0 to 2147483647', whole(0, 2 ** 31 - 1)],
  timeField: [
    'the name of a field of your own, or false',
    (value) => value === false || (text(value) && value !== '' && !isReserved(value as string)),
  ],
  coreUrl: ['an address', (value) => value !== '' && (text(value) || value instanceof URL)],
  onDrop: ['a function', (value) => typeof value === 'function'],
};

/** Checks `options` and returns them whole. Throws a TypeError that names the option at fault. */
export function resolveOptions(given: TrackerOptions): Settings {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError('webtrack: createTracker needs an object of options');
  }
  const options = { ...given };
  for (const [key, value] of Object.entries(options)) {
    if (!Object.keys(RULES).includes(key))
      throw new TypeError(`webtrack: there is no option "${key}"`);
    const [expected, allows] = RULES[key as keyof TrackerOptions];
    if (value !== undefined && !allows(value)) {
      throw new TypeError(`webtrack: option "${key}" must be ${expected}${shown(value)}`);
    }
  }
  const host = options.host?.replace(/\/+$/, '');
  const isOrigin = /^https?:\/\//.test(host ?? '');
  for (const key of isOrigin
    ? (['host', 'logstore'] as const)
    : (['host', 'project', 'logstore'] as const)) {
    if (options[key] === undefined) {
      throw new TypeError(`webtrack: option "${key}" is missing: ${RULES[key][0]}`);
    }
  }
  if (!isOrigin && host.startsWith(`${options.project}.`)) {
    throw new TypeError('webtrack: option "host" must not begin with the project');
  }
  const origin = isOrigin ? host : `https://${options.project}.${host}`;
  return {
    url: `${origin}/logstores/${encodeURIComponent(options.logstore)}/track`,
    topic: options.topic ?? '',
    source: options.source ?? '',
    tags: { ...options.tags },
    flushCount: options.flushCount ?? 200,
    flushBytes: options.flushBytes ?? 65_536,
    flushInterval: options.flushInterval ?? 3_000,
    timeField: options.timeField ?? 'ts',
    coreUrl: options.coreUrl,
    onDrop: options.onDrop,
  };
}

function isUrl(text: string): boolean {
  try {
    return new URL(text).host !== '';
  } catch {
    return false;
  }
}

// Of an object the message says enough.
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return '';
  return `, not ${typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value)}`;
}
