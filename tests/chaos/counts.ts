// Compares what was recorded with what crossed the wire and what the collector has.

import type { ExitPolicy } from '../../js/src/types.ts';
import type { Ledger } from './ledger.ts';
import type { WireRequest } from './wire_request.ts';

export interface Counts {
  /** Recorded events that are not poisoned. */
  recorded: number;
  /** How many of them the collector has. */
  stored: number;
  /** Events that more than one request stored. */
  repeated: number;
  /** Repeats that are allowed: no earlier request had an answer that its page or worker could hear. */
  repeatedLost: number;
  /** Events still stored twice after a reader has removed those with the same page load and number. */
  repeatedAfterRemoval: number;
  /** Pairs of page load and number that several events share. */
  ambiguous: number;
  /** Missing events that no other count explains: young, poisoned, told, lostAtExit. */
  lost: number;
  /** With exit: 'once': events in a request that left with its page and failed unnoticed. */
  lostAtExit: number;
  /** Events that the library reported as lost, in a scenario that makes it lose some. */
  told: number;
  /** Events whose process was killed before the library had a second to save them. */
  young: number;
  youngLost: number;
  poisoned: number;
  /** Poisoned events that were stored all the same. */
  poisonedStored: number;
  /** Requests whose batch was stored, but whose answer did not arrive: a fault or the sender's end cut it off. */
  answersLost: number;
  /** Requests whose batch was stored and whose answer came when the sender was gone, or about to go. */
  answersUnheard: number;
  /** Longest time from `track()` to the collector, milliseconds. */
  worstDelay: number;
  requests: number;
  wireBytes: number;
}

export interface Seen {
  ledger: Ledger;
  requests: readonly WireRequest[];
  /** When connections were cut before their request was read. */
  refusals: readonly number[];
  storedMarkers: readonly string[];
}

export function count(seen: Seen, exit: ExitPolicy, told: number): Counts {
  const { ledger, requests, storedMarkers } = seen;
  const stored = new Set(storedMarkers);
  const known = [...ledger.events].map(([marker, event]) => ({ ...event, marker }));
  const sound = known.filter(({ poisoned }) => !poisoned);
  const poisoned = known.filter((event) => event.poisoned);
  const young = sound.filter((event) => event.young);
  const missing = sound.filter(({ marker }) => !stored.has(marker));
  const unsaved = missing.filter((event) => !event.young).length - told;
  // Events that the library reported as lost have no names, and may be among those of the exits.
  const lostAtExit = exit === 'once' ? Math.min(exitLosses(seen).size, Math.max(unsaved, 0)) : 0;

  const unheard = (request: WireRequest) => isUnheard(ledger, request);
  const answersLost = requests.filter((request) => request.stored && request.lost);
  const arrivals = arrivalsOf(requests);
  const repeated = [...arrivals.values()].filter((carriers) => carriers.length > 1);
  const delays = sound.map(({ marker, at }) => (arrivals.get(marker)?.[0]?.stored ?? at) - at);

  return {
    recorded: sound.length,
    stored: sound.length - missing.length,
    repeated: repeated.length,
    repeatedLost: repeated.filter((carriers) => carriers.slice(0, -1).every(unheard)).length,
    repeatedAfterRemoval: several(pairsOf(requests)),
    ambiguous: several(pairsOf(requests).map(([marker, name]) => [name, marker])),
    lost: unsaved - lostAtExit,
    lostAtExit,
    told,
    young: young.length,
    youngLost: missing.filter((event) => event.young).length,
    poisoned: poisoned.length,
    poisonedStored: poisoned.filter(({ marker }) => stored.has(marker)).length,
    answersLost: answersLost.length,
    answersUnheard:
      requests.filter((request) => request.stored && unheard(request)).length - answersLost.length,
    worstDelay: delays.reduce((worst, delay) => Math.max(worst, delay), 0),
    requests: requests.length,
    wireBytes: requests.reduce((sum, { wireBytes }) => sum + wireBytes, 0),
  };
}

/** Messages about what is wrong; empty if nothing is. */
export function failuresOf(counts: Counts): string[] {
  const unexplained = counts.repeated - counts.repeatedLost;
  return [
    counts.recorded === 0 && 'nothing was recorded',
    counts.lost > 0 && `${counts.lost} lost`,
    counts.lost < 0 && `${counts.told} reported as lost, of which ${-counts.lost} are not`,
    unexplained > 0 && `${unexplained} repeated, although the answer arrived`,
    counts.repeatedAfterRemoval > 0 && `${counts.repeatedAfterRemoval} repeated under another name`,
    counts.ambiguous > 0 && `${counts.ambiguous} names stand for several events`,
    counts.poisonedStored > 0 && `${counts.poisonedStored} poisoned stored`,
  ].filter((failure) => failure !== false);
}

/** Requests that stored the same event although an answer was heard, for finding the cause. */
export function needless(ledger: Ledger, requests: readonly WireRequest[]): WireRequest[] {
  const repeats = [...arrivalsOf(requests).values()].filter(
    (carriers) => !carriers.slice(0, -1).every((request) => isUnheard(ledger, request)),
  );
  return [...new Set(repeats.flat())];
}

/** Markers of missing events that are neither young nor poisoned, for finding the cause. */
export function lostMarkers({ ledger, storedMarkers }: Seen): string[] {
  const stored = new Set(storedMarkers);
  return [...ledger.events]
    .filter(([marker, { young, poisoned }]) => !young && !poisoned && !stored.has(marker))
    .map(([marker]) => marker);
}

/** A connection that is cut within this time of a page's exit counts as carrying a request of that exit. */
const LEAVING_MS = { before: 500, after: 5_000 };

/** Markers of lost events whose request failed when no page could hear it. */
function exitLosses(seen: Seen): Set<string> {
  const { ledger, requests, refusals } = seen;
  const isLeft = (document: number) => ledger.leftAt(document) !== undefined;
  const sent = requests.filter(
    (request) =>
      request.stored === undefined &&
      typeof request.sender === 'number' &&
      isLeft(request.sender) &&
      isUnheard(ledger, request),
  );
  const markers = new Set(
    sent.flatMap(({ body }) => body?.events ?? []).map(({ marker }) => marker),
  );
  const isRefused = (document: number) => {
    const left = ledger.leftAt(document);
    if (left === undefined) return false;
    const [from, to] = [left - LEAVING_MS.before, left + LEAVING_MS.after];
    return refusals.some((at) => at > from && at < to);
  };
  return new Set(
    lostMarkers(seen).filter((marker) => {
      const document = ledger.events.get(marker)?.document;
      return markers.has(marker) || (document !== undefined && isRefused(document));
    }),
  );
}

/** Whether the sender cannot have heard the answer. */
function isUnheard(ledger: Ledger, request: WireRequest): boolean {
  const { lost, answered, sender } = request;
  if (lost !== undefined || answered === undefined || isBeacon(request)) return true;
  return !ledger.heard(sender, answered);
}

// A page without an engine sends its own events as a beacon, which has no answer, under the page load's id.
function isBeacon({ body, sender }: WireRequest): boolean {
  const { marker, name } = body?.events[0] ?? { marker: '', name: '' };
  const document = Number(marker.split('-').at(-2));
  return document === sender && body?.batchId.split('-')[0] === name.split(' ')[0];
}

/** For each event the requests that stored it, in order of arrival. */
function arrivalsOf(requests: readonly WireRequest[]): Map<string, WireRequest[]> {
  const arrivals = new Map<string, WireRequest[]>();
  for (const request of requests) {
    if (request.stored === undefined) continue;
    for (const { marker } of request.body?.events ?? []) {
      arrivals.set(marker, [...(arrivals.get(marker) ?? []), request]);
    }
  }
  return arrivals;
}

/** Marker and name of each stored event. Includes repeats, which SLS keeps and the collector removes. */
function pairsOf(requests: readonly WireRequest[]): [string, string][] {
  return requests
    .filter(({ stored }) => stored !== undefined)
    .flatMap(({ body }) => body?.events ?? [])
    .map(({ marker, name }) => [marker, name]);
}

/** The number of keys that have several values. */
function several(pairs: readonly [key: string, value: string][]): number {
  const values = new Map<string, Set<string>>();
  for (const [key, value] of pairs) values.set(key, (values.get(key) ?? new Set()).add(value));
  return [...values.values()].filter(({ size }) => size > 1).length;
}
