// The public path: from a page's call for each event to the request's body, or to the shared worker, with everything
// that the client does on the page meanwhile. Each client runs as it ships, apart from how many events it gathers.

import SlsTracker from '@aliyun-sls/web-track-browser';
import type { Tracker, TrackerOptions } from '../../js/src/index.ts';
import type { TrackEvent } from '../../js/src/types.ts';
import type { Handover } from './meter.ts';
import { type Body, deflateBody, ENVELOPE, lz4Body } from './paths.ts';

/** When a client sends: it has `count` events, or `milliseconds` have passed since the first one. */
export interface Gathering {
  count: number;
  milliseconds: number;
}

/** A running client. */
export interface Client {
  track(event: TrackEvent): void;
  /** Resolves when everything is delivered, or at once if the client cannot tell. */
  settle(): Promise<void>;
}

export interface PublicPath {
  id: string;
  title: string;
  handover: Handover;
  /** Loads the client's script, if it has one. Resolves to a function that starts the client. */
  load(): Promise<(gathering: Gathering) => Client>;
}

const LOGSTORE = 'bench';

/** The first two are this library. */
export const publicPaths: readonly PublicPath[] = [
  ours('worker', 'this library, shared worker', 'post', {}),
  ours('page', 'this library, `worker: false`', 'request', { worker: false }),
  { id: 'official', title: 'official SDK, plain', handover: 'request', load: async () => official },
  own('lz4js', 'an array, JSON.stringify + lz4js', lz4Body),
  own('fflate1', 'an array, JSON.stringify + fflate, level 1', deflateBody(1)),
];

function ours(
  id: string,
  title: string,
  handover: Handover,
  options: Partial<TrackerOptions>,
): PublicPath {
  return {
    id,
    title,
    handover,
    async load() {
      // Each path loads its own copy, because V8 optimizes code for the way in which one page uses it.
      const script = document.createElement('script');
      script.src = `/webtrack.iife.js?for=${id}`;
      await new Promise((loaded, failed) => {
        script.onload = loaded;
        script.onerror = failed;
        document.head.append(script);
      });
      const { webtrack } = globalThis as unknown as {
        webtrack: { createTracker(options: TrackerOptions): Tracker };
      };
      return ({ count, milliseconds }) => {
        const tracker = webtrack.createTracker({
          ...ENVELOPE,
          host: location.origin,
          logstore: LOGSTORE,
          // All clients send the same fields.
          timeField: false,
          seqField: false,
          flushCount: count,
          flushBytes: 2_800_000,
          flushInterval: milliseconds,
          ...options,
        });
        return {
          track: (event) => tracker.track(event),
          settle: () => tracker.flush(),
        };
      };
    },
  };
}

function official({ count, milliseconds }: Gathering): Client {
  const tracker = new SlsTracker({
    ...ENVELOPE,
    host: location.origin,
    project: '',
    logstore: LOGSTORE,
    count,
    time: milliseconds / 1_000,
  });
  return { track: (event) => tracker.send(event), settle: async () => {} };
}

/** A page's hand-written code: an array, a timer, `fetch`. */
function own(
  id: string,
  title: string,
  bodyOf: (events: readonly TrackEvent[]) => Body,
): PublicPath {
  const start = ({ count, milliseconds }: Gathering): Client => {
    let events: TrackEvent[] = [];
    let sent: Promise<unknown> = Promise.resolve();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const send = () => {
      clearTimeout(timer);
      timer = undefined;
      const { bytes, rawBytes } = bodyOf(events);
      events = [];
      const headers = { 'x-log-bodyrawsize': String(rawBytes) };
      sent = fetch(`/logstores/${LOGSTORE}/track`, { method: 'POST', headers, body: bytes });
    };
    return {
      track(event) {
        timer ??= setTimeout(send, milliseconds);
        if (events.push(event) >= count) send();
      },
      settle: async () => void (await sent),
    };
  };
  return { id, title, handover: 'request', load: async () => start };
}
