// Checks what the page asks for, once, and fills in what it leaves out.

import { BATCH_ID_TAG, DROPPED_TAG } from './batch_tags.ts';
import { isReserved } from './fields.ts';
import type { Capture, Compression, Consent, TrackerOptions } from './types.ts';

/** Parameters of an address by which campaigns are told apart. */
const URL_PARAMS =
  'utm_source utm_medium utm_campaign utm_term utm_content gclid fbclid msclkid ttclid twclid yclid bd_vid'.split(
    ' ',
  );
const BOTS = /bot\b|crawl|spider|slurp|headless|lighthouse|prerender|facebookexternalhit/i;

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

type Rule = (value: unknown) => boolean;

const text: Rule = (value) => typeof value === 'string';
const name: Rule = (value) => typeof value === 'string' && value !== '' && !/[\s/?#]/.test(value);
// A Blob counts bytes also in a page that has broken its TextEncoder.
const short: Rule = (value) => text(value) && new Blob([value as string]).size <= 128;
const whole =
  (least: number, most: number): Rule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const names: Rule = (value) => Array.isArray(value) && value.every(text);
const yesOrNo: Rule = (value) => typeof value === 'boolean';
const callable: Rule = (value) => typeof value === 'function';
const fieldOrNone: Rule = (value) =>
  value === false || (text(value) && value !== '' && !isReserved(value as string));

// Each option: what it takes, as the message says it, and the check.
const RULES: Record<keyof TrackerOptions, [string, Rule]> = {
  host: [
    'an endpoint such as "cn-hangzhou.log.aliyuncs.com" or an origin such as "https://log.example.com"',
    (value) =>
      text(value) &&
      ((/^[\w.-]+(:\d+)?\/*$/.test(value as string) && isUrl(`https://${value}`)) ||
        (/^https?:\/\/[^\s?#@/][^\s?#@]*$/.test(value as string) && isUrl(value as string))),
  ],
  project: [
    'the name of an SLS project (letters, digits and hyphens)',
    (value) => text(value) && /^[\w-]+$/.test(value as string),
  ],
  logstore: ['the name of an SLS logstore', name],
  topic: ['text of at most 128 bytes', short],
  source: ['text of at most 128 bytes', short],
  tags: [
    `an object of at most 16384 bytes without "${BATCH_ID_TAG}" and "${DROPPED_TAG}", all texts`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !(BATCH_ID_TAG in value || DROPPED_TAG in value) &&
      Object.values(value).every(text) &&
      new Blob(Object.entries(value).flat()).size <= 16_384,
  ],
  flushCount: ['a whole number from 1 to 4096', whole(1, 4096)],
  flushBytes: ['a whole number of bytes from 1 to 2800000', whole(1, 2_800_000)],
  flushInterval: ['a whole number of milliseconds from 0 to 2147483647', whole(0, 2 ** 31 - 1)],
  timeField: ['the name of a field of your own, or false', fieldOrNone],
  seqField: ['the name of a field of your own, or false', fieldOrNone],
  compression: [
    '"lz4", "deflate" or "none"',
    (value) => ['lz4', 'deflate', 'none'].includes(value as string),
  ],
  compressAbove: ['a whole number of bytes from 0 to 2800000', whole(0, 2_800_000)],
  storage: ['true or false', yesOrNo],
  outboxBytes: ['a whole number of bytes from 65536 to 268435456', whole(65_536, 2 ** 28)],
  outboxAge: ['a whole number of milliseconds from 1000', whole(1_000, Number.MAX_SAFE_INTEGER)],
  warmUp: ['true or false', yesOrNo],
  coreUrl: ['an address', (value) => value !== '' && (text(value) || value instanceof URL)],
  capture: [
    'a list of plug-ins, such as autocapture()',
    (value) => Array.isArray(value) && value.every((one) => callable(one?.start)),
  ],
  consent: [
    '"granted", "pending" or "denied"',
    (value) => ['granted', 'pending', 'denied'].includes(value as string),
  ],
  honorGpc: ['true or false', yesOrNo],
  honorDnt: ['true or false', yesOrNo],
  ignoreBots: ['true or false', yesOrNo],
  urlParams: ['a list of names', names],
  mask: ['a list of names', names],
  sampleRate: [
    'a number from 0 to 1',
    (value) => typeof value === 'number' && value >= 0 && value <= 1,
  ],
  rateLimit: ['a whole number of events from 1', whole(1, Number.MAX_SAFE_INTEGER)],
  beforeSend: ['a function', callable],
  onDrop: ['a function', callable],
  onNotice: ['a function', callable],
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
  const { timeField = 'ts', seqField = 'seq' } = options;
  if (seqField !== false && seqField === timeField) {
    throw new TypeError('webtrack: option "seqField" must not be the same as "timeField"');
  }
  const isRefused = browserRefuses(options);
  const origin = isOrigin ? host : `https://${options.project}.${host}`;
  return {
    // As the browser writes it, in a report of what a policy blocks for example.
    url: new URL(`${origin}/logstores/${encodeURIComponent(options.logstore)}/track`).href,
    topic: options.topic ?? '',
    source: options.source ?? '',
    tags: { ...options.tags },
    flushCount: options.flushCount ?? 200,
    // A batch that is larger than what may leave with a page would have to stay.
    flushBytes: options.flushBytes ?? (options.compression === 'none' ? 16_384 : 65_536),
    flushInterval: options.flushInterval ?? 3_000,
    timeField,
    seqField,
    compression: options.compression ?? 'lz4',
    compressAbove: options.compressAbove ?? 1_024,
    storage: options.storage ?? true,
    outboxBytes: options.outboxBytes ?? 4 * 1024 * 1024,
    outboxAge: options.outboxAge ?? 7 * 24 * 3600_000,
    warmUp: options.warmUp ?? true,
    coreUrl: options.coreUrl,
    capture: options.capture ?? [],
    consent: isRefused ? 'denied' : (options.consent ?? 'granted'),
    isRefused,
    urlParams: options.urlParams ?? URL_PARAMS,
    mask: options.mask ?? [],
    sampleRate: options.sampleRate ?? 1,
    rateLimit: options.rateLimit ?? Number.POSITIVE_INFINITY,
    beforeSend: options.beforeSend,
    onDrop: options.onDrop,
    onNotice: options.onNotice,
  };
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
    return new URL(text).host !== '';
  } catch {
    return false;
  }
}

// Of an object the message says enough.
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const wrong = Object.entries(value).find(([, one]) => !text(one));
    return wrong ? `; "${wrong[0]}" is none` : '';
  }
  return `, not ${typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value)}`;
}
