// Holds what was recorded against what crossed the wire and what the collector has.

import type { ExitPolicy } from '../../js/src/types.ts';
import type { Ledger } from './ledger.ts';
import type { WireRequest } from './wire_request.ts';

export interface Counts {
  /** Events that the runner knows of, without poisoned ones. */
  recorded: number;
  /** Of these, what the collector has. */
  stored: number;
  /** Stored by more than one request. */
  repeated: number;
  /** … and each request but the last had its answer lost, or its page or worker was gone. */
  repeatedLost: number;
  /** Still there twice when a reader drops what has the same page load and number. */
  repeatedAfterRemoval: number;
  /** Names, of page load and number, that several events share. */
  ambiguous: number;
  /** Neither stored nor young nor poisoned nor told, nor lost at an exit. */
  lost: number;
  /** With exit: 'once': lost by a request that left with its page and failed when nobody heard it. */
  lostAtExit: number;
  /** Lost, as the library said: where a scenario makes it lose events. */
  told: number;
  /** Tracked less than a snapshot interval before a kill. */
  young: number;
  youngLost: number;
  poisoned: number;
  /** Of the poisoned, stored all the same. */
  poisonedStored: number;
  /** Requests whose batch was stored and whose answer the fault, or the sender's end, kept from arriving. */
  answersLost: number;
  /** … and whose answer came when the page was gone, or about to go. */
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
  const lostAtExit = exit === 'once' ? exitLosses(seen) : new Set<string>();

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
    lost: missing.filter(({ young, marker }) => !young && !lostAtExit.has(marker)).length - told,
    lostAtExit: lostAtExit.size,
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

/** What must not be, in words; empty when all is well. */
export function failuresOf(counts: Counts): string[] {
  const unexplained = counts.repeated - counts.repeatedLost;
  return [
    counts.recorded === 0 && 'nothing was recorded',
    counts.lost > 0 && `${counts.lost} lost`,
    counts.lost < 0 && `${counts.told} told as lost, of which ${-counts.lost} are not`,
    unexplained > 0 && `${unexplained} repeated although the answer arrived`,
    counts.repeatedAfterRemoval > 0 && `${counts.repeatedAfterRemoval} repeated under another name`,
    counts.ambiguous > 0 && `${counts.ambiguous} names are of several events`,
    counts.poisonedStored > 0 && `${counts.poisonedStored} poisoned stored`,
  ].filter((failure) => failure !== false);
}

/** The requests that stored an event which a later one stored again without need, for whoever looks for the cause. */
export function needless(ledger: Ledger, requests: readonly WireRequest[]): WireRequest[] {
  const repeats = [...arrivalsOf(requests).values()].filter(
    (carriers) => !carriers.slice(0, -1).every((request) => isUnheard(ledger, request)),
  );
  return [...new Set(repeats.flat())];
}

/** Known losses by marker, for whoever looks for their cause. */
export function lostMarkers({ ledger, storedMarkers }: Seen): string[] {
  const stored = new Set(storedMarkers);
  return [...ledger.events]
    .filter(([marker, { young, poisoned }]) => !young && !poisoned && !stored.has(marker))
    .map(([marker]) => marker);
}

/** A request that leaves with a page is refused, if it is, within this time of it. */
const LEAVING_MS = { before: 500, after: 5_000 };

/** Of the losses those that a request took with it whose failure no page could hear. */
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

/** Whether no sender can have known that the request was answered. */
function isUnheard(ledger: Ledger, { lost, answered, sender }: WireRequest): boolean {
  return lost !== undefined || answered === undefined || !ledger.heard(sender, answered);
}

/** The requests that stored each event, in the order of their arrival. */
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

/** Marker and name of each event that was stored: a store without the collector's memory keeps all of them. */
function pairsOf(requests: readonly WireRequest[]): [string, string][] {
  return requests
    .filter(({ stored }) => stored !== undefined)
    .flatMap(({ body }) => body?.events ?? [])
    .map(({ marker, name }) => [marker, name]);
}

/** How many keys have several values. */
function several(pairs: readonly [key: string, value: string][]): number {
  const values = new Map<string, Set<string>>();
  for (const [key, value] of pairs) values.set(key, (values.get(key) ?? new Set()).add(value));
  return [...values.values()].filter(({ size }) => size > 1).length;
}
