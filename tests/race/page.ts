// Runs in the visited page: starts one client, and records events on request.
import type { Settings, Start, Track } from './clients/client.ts';
import { type Kind, raceEvents } from './race_events.ts';

declare global {
  interface Window {
    race: RacePage;
  }
}

interface RacePage {
  /** Settles when the client has started. */
  ready: Promise<void>;
  /** Records events in one task; resolves some milliseconds later. */
  record(kind: Kind, count: number, from: number): Promise<void>;
  /** Records events in one task, then goes to another page. */
  recordAndLeave(kind: Kind, count: number, next: string): void;
}

/** Milliseconds between the last event and the exit. */
const EXIT_AFTER_MS = 20;

export function open(start: Start): void {
  const given = new URLSearchParams(location.search).get('settings') ?? '{}';
  const settings: Settings = JSON.parse(given);
  let track: Track = () => {};
  const record = (kind: Kind, count: number, from: number) => {
    for (const event of raceEvents(kind, count, from)) track(event);
  };
  window.race = {
    ready: Promise.resolve(start(settings)).then((started) => {
      track = started;
    }),
    record(kind, count, from) {
      record(kind, count, from);
      return new Promise((resolve) => setTimeout(resolve, EXIT_AFTER_MS));
    },
    recordAndLeave(kind, count, next) {
      record(kind, count, 0);
      setTimeout(() => location.assign(next), EXIT_AFTER_MS);
    },
  };
}
