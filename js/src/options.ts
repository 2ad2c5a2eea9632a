// Checks what the page asks for, once, and fills in what it leaves out.

import { BATCH_ID_TAG, DROPPED_TAG } from './batch_tags.ts';
import { CLICK_IDS, UTM } from './campaign.ts';
import { isReserved } from './fields.ts';
import type { Capture, Compression, Consent, TrackerOptions } from './types.ts';

export const CONSENTS: readonly Consent[] = ['granted', 'pending', 'denied'];
// Not the telephones of the name Cubot.
const BOTS = /(^|[^u])bot\b|crawl|spider|slurp|headless|lighthouse|prerender|facebookexternalhit/i;

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
  seqField: string | false;
  compression: Compression;
  compressAbove: number;
  storage: boolean;
  outboxBytes: number;
  outboxAge: number;
  warmUp: boolean;
  coreUrl: string | URL | undefined;
  capture: readonly Capture[];
  consent: Consent;
  /** The browser asks for no records: that is for good. */
  isRefused: boolean;
  urlParams: readonly string[];
  mask: readonly string[];
  sampleRate: number;
  rateLimit: number;
  beforeSend: TrackerOptions['beforeSend'];
  onDrop: TrackerOptions['onDrop'];
  onNotice: TrackerOptions['onNotice'];
}

/**
 * What an option takes, as the message says it; the check; what is put in for undefined; the check of each item, for a message that
 * names the wrong one.
 */
type Rule = [
  expected: string,
  allows: (value: unknown) => boolean,
  fallback?: unknown,
  allowsItem?: (item: unknown, whole: object) => boolean,
];

const isText = (value: unknown): value is string => typeof value === 'string';
const isFunction = (value: unknown) => typeof value === 'function';
/** Whether the texts are at most `most` bytes long. */
const fits = (most: number, texts: string[]) =>
  // A UTF-16 unit takes three bytes at most: a page that loads has no milliseconds to spare for a Blob.
  3 * texts.join('').length <= most ||
  // It counts bytes also in a page that has broken its TextEncoder.
  new Blob(texts).size <= most;

const MOST = Number.MAX_SAFE_INTEGER;
const BYTES = ' of bytes';
const MILLISECONDS = ' of milliseconds';

const text = (): Rule => [
  'text of at most 128 bytes',
  (value) => isText(value) && fits(128, [value]),
  '',
];
const whole = (unit: string, least: number, most: number, fallback?: number): Rule => [
  `a whole number${unit} from ${least}${most < MOST ? ` to ${most}` : ''}`,
  (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  fallback,
];
const oneOf = (choices: readonly string[]): Rule => [
  `one of "${choices.join('", "')}"`,
  (value) => choices.includes(value as string),
  choices[0],
];
const flag = (fallback: boolean): Rule => [
  'true or false',
  (value) => typeof value === 'boolean',
  fallback,
];
const field = (fallback: string): Rule => [
  'the name of a field of your own, or false',
  (value) => value === false || (isText(value) && value !== '' && !isReserved(value)),
  fallback,
];
const listOf = (
  what: string,
  allows: (value: unknown) => boolean,
  fallback: unknown[] = [],
): Rule => [
  `a list of ${what}`,
  (value) => Array.isArray(value) && value.every(allows),
  fallback,
  // Of what is no list no item is to blame.
  (item, whole) => !Array.isArray(whole) || allows(item),
];
const hook = (): Rule => ['a function', isFunction];

const RULES: Record<keyof TrackerOptions, Rule> = {
  host: [
    'an endpoint such as "cn-hangzhou.log.aliyuncs.com" or an origin ("https://…")',
    (value) =>
      isText(value) &&
      /^(https?:\/\/[^\s?#@/][^\s?#@]*|[\w.-]+(:\d+)?\/*)$/.test(value) &&
      isUrl(isOrigin(value) ? value : `https://${value}`),
  ],
  project: [
    'the name of an SLS project (letters, digits and hyphens)',
    (value) => isText(value) && /^[\w-]+$/.test(value),
  ],
  logstore: ['the name of an SLS logstore', (value) => isText(value) && /^[^\s/?#]+$/.test(value)],
  topic: text(),
  source: text(),
  tags: [
    `an object of at most 16384 bytes without "${BATCH_ID_TAG}" and "${DROPPED_TAG}", all texts`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !(BATCH_ID_TAG in value || DROPPED_TAG in value) &&
      Object.values(value).every(isText) &&
      fits(16_384, Object.entries(value).flat()),
    {},
    isText,
  ],
  flushCount: whole('', 1, 4096, 200),
  flushBytes: whole(BYTES, 1, 2_800_000),
  flushInterval: whole(MILLISECONDS, 0, 2 ** 31 - 1, 3_000),
  timeField: field('ts'),
  seqField: field('seq'),
  compression: oneOf(['lz4', 'deflate', 'none']),
  compressAbove: whole(BYTES, 0, 2_800_000, 1_024),
  storage: flag(true),
  outboxBytes: whole(BYTES, 65_536, 2 ** 28, 4 * 1024 * 1024),
  outboxAge: whole(MILLISECONDS, 1_000, MOST, 7 * 24 * 3600_000),
  warmUp: flag(true),
  coreUrl: ['an address', (value) => value !== '' && (isText(value) || value instanceof URL)],
  capture: listOf('plug-ins, such as autocapture() or [...autocapture(), network()]', (one) =>
    isFunction((one as Capture | undefined)?.start),
  ),
  consent: oneOf(CONSENTS),
  honorGpc: flag(false),
  honorDnt: flag(false),
  ignoreBots: flag(false),
  urlParams: listOf('names', isText, [...UTM, ...CLICK_IDS]),
  mask: listOf('names', isText),
  sampleRate: [
    'a number from 0 to 1',
    (value) => typeof value === 'number' && value >= 0 && value <= 1,
    1,
  ],
  rateLimit: whole(' of events', 1, MOST, Number.POSITIVE_INFINITY),
  beforeSend: hook(),
  onDrop: hook(),
  onNotice: hook(),
};

/** Checks `options` and returns them whole. Throws a TypeError that names the option at fault. */
export function resolveOptions(given: TrackerOptions): Settings {
  if (typeof given !== 'object' || given === null) fail('createTracker needs an object of options');
  const options: Record<string, unknown> = { ...given };
  for (const name of Object.keys(options)) {
    if (!Object.keys(RULES).includes(name)) fail(`there is no option "${name}"`);
  }
  for (const [name, [expected, allows, fallback, allowsItem]] of Object.entries(RULES)) {
    const value = options[name];
    if (value === undefined) options[name] = fallback;
    else if (!allows(value)) failAt(name, `must be ${expected}${shown(value, allowsItem)}`);
  }
  const settings = options as unknown as TrackerOptions & Settings;
  const { project, logstore, timeField, seqField, compression } = settings;
  const host = settings.host?.replace(/\/+$/, '');
  const needed = { host, ...(!isOrigin(host) && { project }), logstore };
  for (const [name, value] of Object.entries(needed)) {
    if (value === undefined) failAt(name, `is missing: ${RULES[name as 'host'][0]}`);
  }
  if (!isOrigin(host) && host.startsWith(`${project}.`))
    failAt('host', 'must not begin with the project');
  if (seqField !== false && seqField === timeField)
    failAt('seqField', 'must not be the same as "timeField"');
  const isRefused = browserRefuses(settings);
  const origin = isOrigin(host) ? host : `https://${project}.${host}`;
  return {
    ...settings,
    // As the browser writes it, in a report of what a policy blocks for example.
    url: new URL(`${origin}/logstores/${encodeURIComponent(logstore)}/track`).href,
    // A batch that is larger than what may leave with a page would have to stay.
    flushBytes: settings.flushBytes ?? (compression === 'none' ? 16_384 : 65_536),
    // Of one name the last: `[...autocapture(), clicks({ dead: false })]`.
    capture: [...new Map(settings.capture.map((plugIn) => [plugIn.name, plugIn])).values()],
    consent: isRefused ? 'denied' : settings.consent,
    isRefused,
  };
}

function fail(message: string): never {
  throw new TypeError(`webtrack: ${message}`);
}

function failAt(option: string, message: string): never {
  fail(`option "${option}" ${message}`);
}

function isOrigin(host: string): boolean {
  return /^https?:\/\//.test(host);
}

// Whether the browser's own word, which no consent overrules, is to record nothing here.
function browserRefuses({ honorGpc, honorDnt, ignoreBots }: TrackerOptions): boolean {
  const { navigator = {} } = globalThis as {
    navigator?: {
      globalPrivacyControl?: boolean;
      doNotTrack?: string | null;
      webdriver?: boolean;
      userAgent?: string;
    };
  };
  return Boolean(
    (honorGpc && navigator.globalPrivacyControl) ||
      (honorDnt && navigator.doNotTrack === '1') ||
      (ignoreBots && (navigator.webdriver || BOTS.test(navigator.userAgent ?? ''))),
  );
}

function isUrl(text: string): boolean {
  try {
    return Boolean(new URL(text));
  } catch {
    return false;
  }
}

// Of an object the message says enough.
function shown(value: unknown, allowsItem?: Rule[3]): string {
  if (typeof value === 'object' && value !== null) {
    const wrong = allowsItem && Object.entries(value).find(([, item]) => !allowsItem(item, value));
    return wrong ? `; "${wrong[0]}" is none` : '';
  }
  const text = String(value).slice(0, 40);
  return `, not ${isText(value) ? `"${text}"` : text}`;
}
