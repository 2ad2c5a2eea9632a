// Holds what was recorded against what crossed the wire and what the collector has.
import type { Ledger } from './ledger.ts';
import type { WireRequest } from './wire_request.ts';

export interface Counts {
  /** Events that the runner knows of, without poisoned ones. */
  recorded: number;
  /** Of these, what the collector has. */
  stored: number;
  /** Stored by more than one request. */
  repeated: number;
  /** … and each request but the last had its answer lost, or its page was gone. */
  repeatedLost: number;
  /** Still there twice when a reader drops what has the same batch and number. */
  repeatedAfterRemoval: number;
  /** Neither stored nor young nor poisoned nor told. */
  lost: number;
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

export function count(
  ledger: Ledger,
  requests: readonly WireRequest[],
  storedMarkers: readonly string[],
  told: number,
): Counts {
  const stored = new Set(storedMarkers);
  const known = [...ledger.events].map(([marker, event]) => ({ ...event, marker }));
  const sound = known.filter(({ poisoned }) => !poisoned);
  const poisoned = known.filter((event) => event.poisoned);
  const young = sound.filter((event) => event.young);
  const missing = sound.filter(({ marker }) => !stored.has(marker));

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
    repeatedAfterRemoval: [...idsOf(requests).values()].filter((ids) => ids.size > 1).length,
    lost: missing.filter((event) => !event.young).length - told,
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
    counts.repeatedAfterRemoval > 0 && `${counts.repeatedAfterRemoval} repeated under another id`,
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
export function lostMarkers(ledger: Ledger, storedMarkers: readonly string[]): string[] {
  const stored = new Set(storedMarkers);
  return [...ledger.events]
    .filter(([marker, { young, poisoned }]) => !young && !poisoned && !stored.has(marker))
    .map(([marker]) => marker);
}

/** Whether no page can have known that the request was answered. */
function isUnheard(ledger: Ledger, { lost, answered, document }: WireRequest): boolean {
  return lost !== undefined || answered === undefined || !ledger.heard(document, answered);
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

/** Under how many ids each event was stored: a store without the collector's memory keeps all of them. */
function idsOf(requests: readonly WireRequest[]): Map<string, Set<string>> {
  const ids = new Map<string, Set<string>>();
  for (const { stored, body } of requests) {
    if (stored === undefined || body === undefined) continue;
    for (const { marker, number } of body.events) {
      ids.set(marker, (ids.get(marker) ?? new Set()).add(`${body.batchId} ${number}`));
    }
  }
  return ids;
}
