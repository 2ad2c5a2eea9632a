// Checks the options once and fills in the defaults.

import { CLICK_IDS, UTM } from '../campaign.ts';
import { BATCH_ID_TAG, DROPPED_TAG } from '../engine/batch/batch_tags.ts';
import { MAX_BODY_BYTES, MAX_BODY_EVENTS } from '../limits.ts';
import { bare, Map, URL } from '../natives.ts';
import type { Capture, Compression, Consent, ExitPolicy, TrackerOptions } from '../types.ts';
import { isReserved } from './fields.ts';

export const CONSENTS: readonly Consent[] = ['granted', 'pending', 'denied'];
// `[^u]` leaves out phones of the brand Cubot.
const BOTS = /(^|[^u])bot\b|crawl|spider|slurp|headless|lighthouse|prerender|facebookexternalhit/i;

/** The options with all defaults filled in. */
export interface Settings {
  url: string;
  topic: string;
  source: string;
  tags: Readonly<Record<string, string>>;
  flushCount: number;
  flushBytes: number;
  flushInterval: number | undefined;
  timeField: string | false;
  seqField: string | false;
  compression: Compression;
  compressAbove: number;
  storage: boolean;
  outboxBytes: number;
  outboxAge: number;
  exit: ExitPolicy;
  worker: string | URL | false | undefined;
  coreUrl: string | URL | undefined;
  capture: readonly Capture[];
  consent: Consent;
  /** The browser asks not to be recorded; no consent can change that. */
  isRefused: boolean;
  urlParams: readonly string[];
  mask: readonly string[];
  sampleRate: number;
  rateLimit: number;
  beforeSend: TrackerOptions['beforeSend'];
  onDrop: TrackerOptions['onDrop'];
  onNotice: TrackerOptions['onNotice'];
}

/** A whole number: its bounds, its default, and its unit for messages, such as ` of bytes`. */
type WholeNumber = readonly [
  min: number,
  max: number,
  fallback?: number | undefined,
  unit?: string,
];

/**
 * The rule for an option: the expected value in words, for messages; the check; the default; the check of a single
 * item, for messages that name the wrong item.
 */
type Rule = readonly [
  expected: string,
  allows: (value: unknown) => boolean,
  fallback?: unknown,
  allowsItem?: (item: unknown, whole: object) => boolean,
];

const isText = (value: unknown): value is string => typeof value === 'string';
const isFunction = (value: unknown) => typeof value === 'function';
const isAddress = (value: unknown) =>
  value instanceof URL || (isText(value) && value !== '' && isUrl(value, 'https://page.example'));
/** Whether the texts together have at most `max` bytes. */
const fits = (max: number, texts: string[]) =>
  // A UTF-16 unit takes at most three bytes. This avoids a Blob, which would slow down a page that loads.
  3 * texts.join('').length <= max ||
  // Not by TextEncoder: the page may have replaced it.
  new globalThis.Blob(texts).size <= max;

// Whether `text` has only ASCII letters, digits and characters of `others`. A loop, because a page's first regular
// expressions and its first URL take a millisecond while it loads.
function isMadeOf(text: string, others: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const letter = code | 0x20;
    const isPlain = (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39);
    if (!isPlain && !others.includes(text[at] as string)) return false;
  }
  return true;
}

/** Whether this is a plain host name with an optional scheme and port, which needs no URL parser to check. */
function isPlainHost(host: string): boolean {
  const start = isOrigin(host) ? host.indexOf('/') + 2 : 0;
  const [name = '', port = '0', ...more] = trimmed(host.slice(start)).split(':');
  if (name === '' || more.length > 0 || !isMadeOf(name, '_-.') || !isPort(port)) return false;
  // A name that ends with a digit must be an IPv4 address.
  const last = name.charCodeAt(name.length - 1);
  return last > 0x39 || last < 0x30 || isUrl(`https://${name}`);
}

/** `host` without slashes at the end. */
function trimmed(host: string): string {
  let end = host.length;
  while (host[end - 1] === '/') end--;
  return host.slice(0, end);
}

const isPort = (port: string) => port !== '' && isMadeOf(port, '') && Number(port) < 65_536;

const BYTES = ' of bytes';
const MILLISECONDS = ' of milliseconds';

const text: Rule = [
  'text of at most 128 bytes',
  (value) => isText(value) && fits(128, [value]),
  '',
];
const yesOrNo = (fallback: boolean): Rule => [
  'true or false',
  (value) => typeof value === 'boolean',
  fallback,
];
const hook: Rule = ['a function', isFunction];
const oneOf = (choices: readonly string[]): Rule => [
  `one of "${choices.join('", "')}"`,
  (value) => choices.includes(value as string),
  choices[0],
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
  // Not an array: the option is wrong, not an item.
  (item, whole) => !Array.isArray(whole) || allows(item),
];

/** Options that are whole numbers. */
const NUMBERS: { readonly [name in keyof TrackerOptions]?: WholeNumber } = {
  flushCount: [1, MAX_BODY_EVENTS, 200],
  flushBytes: [1, MAX_BODY_BYTES, undefined, BYTES],
  flushInterval: [0, 2 ** 31 - 1, undefined, MILLISECONDS],
  compressAbove: [0, MAX_BODY_BYTES, 1_024, BYTES],
  outboxBytes: [65_536, 2 ** 28, 4 * 1024 * 1024, BYTES],
  outboxAge: [1_000, Number.MAX_SAFE_INTEGER, 7 * 24 * 3600_000, MILLISECONDS],
  rateLimit: [1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, ' of events'],
};

/** All other options. */
const RULES: { readonly [name in keyof TrackerOptions]?: Rule } = {
  host: [
    'an endpoint such as "cn-hangzhou.log.aliyuncs.com" or an origin ("https://…")',
    (value) =>
      isText(value) &&
      (isPlainHost(value) ||
        (/^(https?:\/\/[^\s?#@/][^\s?#@]*|[\w.-]+:\d+\/*)$/.test(value) &&
          isUrl(isOrigin(value) ? value : `https://${value}`))),
  ],
  project: [
    'the name of an SLS project (letters, digits and hyphens)',
    (value) => isText(value) && value !== '' && isMadeOf(value, '_-'),
  ],
  logstore: [
    'the name of an SLS logstore',
    (value) => isText(value) && (isMadeOf(value, '_-.') ? value !== '' : /^[^\s/?#]+$/.test(value)),
  ],
  topic: text,
  source: text,
  tags: [
    `an object of at most 16384 bytes without "${BATCH_ID_TAG}" and "${DROPPED_TAG}", with text values`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !Object.keys(value).some((name) => name === BATCH_ID_TAG || name === DROPPED_TAG) &&
      Object.values(value).every(isText) &&
      fits(16_384, Object.entries(value).flat()),
    {},
    isText,
  ],
  timeField: field('ts'),
  seqField: field('seq'),
  compression: oneOf(['lz4', 'deflate', 'none']),
  storage: yesOrNo(true),
  exit: oneOf(['once', 'certain']),
  worker: ['an address, or false', (value) => value === false || isAddress(value)],
  coreUrl: ['an address', isAddress],
  capture: listOf('plug-ins, such as autocapture() or [...autocapture(), network()]', (one) =>
    isFunction((one as Capture | undefined)?.start),
  ),
  consent: oneOf(CONSENTS),
  honorGpc: yesOrNo(false),
  honorDnt: yesOrNo(false),
  ignoreBots: yesOrNo(false),
  urlParams: listOf('names', isText, [...UTM, ...CLICK_IDS]),
  mask: listOf('names', isText),
  sampleRate: [
    'a number from 0 to 1',
    (value) => typeof value === 'number' && value >= 0 && value <= 1,
    1,
  ],
  beforeSend: hook,
  onDrop: hook,
  onNotice: hook,
};

const NAMES = [...Object.keys(RULES), ...Object.keys(NUMBERS)];

/** Checks the options and fills in the defaults. Throws a TypeError that names the wrong option. */
export function resolveOptions(given: TrackerOptions): Settings {
  if (typeof given !== 'object' || given === null) fail('createTracker needs an object of options');
  // Own properties only: a page may have given all objects more.
  const options = bare<object>(given) as Record<string, unknown>;
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) fail(`there is no option "${name}"`);
  }
  for (const name of Object.keys(RULES)) {
    const [expected, allows, fallback, allowsItem] = RULES[name as 'host'] as Rule;
    const value = options[name];
    if (value === undefined) options[name] = fallback;
    else if (!allows(value)) failAt(name, `must be ${expected}${found(value, allowsItem)}`);
  }
  for (const name of Object.keys(NUMBERS)) {
    const [min, max, fallback, unit = ''] = NUMBERS[name as 'flushCount'] as WholeNumber;
    const value = options[name] as number | undefined;
    if (value === undefined) options[name] = fallback;
    else if (!Number.isInteger(value) || value < min || value > max) {
      const to = max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : '';
      failAt(name, `must be a whole number${unit} from ${min}${to}${found(value)}`);
    }
  }
  const settings = options as unknown as TrackerOptions & Settings;
  const { project, logstore, timeField, seqField, compression } = settings;
  const host = settings.host && trimmed(settings.host);
  const needed: object = { host, ...(!isOrigin(host) && { project }), logstore };
  for (const [name, value] of Object.entries(needed)) {
    if (value === undefined) failAt(name, `is missing: ${RULES[name as 'host']?.[0]}`);
  }
  if (!isOrigin(host) && host.startsWith(`${project}.`))
    failAt('host', 'must not begin with the project');
  if (seqField !== false && seqField === timeField)
    failAt('seqField', 'must not be the same as "timeField"');
  const isRefused = browserRefuses(settings);
  const origin = isOrigin(host) ? host : `https://${project}.${host}`;
  return {
    ...settings,
    // A getter: the URL parser would slow down a page that loads.
    get url() {
      return new URL(`${origin}/logstores/${encodeURIComponent(logstore)}/track`).href;
    },
    // Small enough that the batch can still be sent when the page ends.
    flushBytes: settings.flushBytes ?? (compression === 'none' ? 16_384 : 65_536),
    // The last plug-in of a name wins: `[...autocapture(), clicks({ dead: false })]`.
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

function isOrigin(host = ''): boolean {
  return host.startsWith('https://') || host.startsWith('http://');
}

// Whether the browser itself asks not to be recorded, which no consent overrules.
function browserRefuses({ honorGpc, honorDnt, ignoreBots }: TrackerOptions): boolean {
  if (!(honorGpc || honorDnt || ignoreBots)) return false;
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

function isUrl(text: string, base?: string): boolean {
  try {
    return Boolean(new URL(text, base));
  } catch {
    return false;
  }
}

// The end of a message: the value that was found. An object is not printed, only the key of its wrong item.
function found(value: unknown, allowsItem?: Rule[3]): string {
  if (typeof value === 'object' && value !== null) {
    const wrong = allowsItem && Object.entries(value).find(([, item]) => !allowsItem(item, value));
    return wrong ? `; "${wrong[0]}" is wrong` : '';
  }
  const text = String(value).slice(0, 40);
  return `, not ${isText(value) ? `"${text}"` : text}`;
}
