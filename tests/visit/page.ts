// Runs in the visited page and starts its client. On the page that only sends events, it records one event at `load`,
// four half a second later, and one at each click on the button.
import type { Settings, Start, Track } from '../race/clients/client.ts';
import { raceEvents } from '../race/race_events.ts';

declare global {
  interface Window {
    visit: { settings: Settings; sendsEvents: boolean };
  }
}

const AT_LOAD = 1;
const AFTER_LOAD = 4;
const AFTER_MS = 500;

export function open(start: Start): void {
  const { settings, sendsEvents } = window.visit;
  const started = start(settings);
  if (started instanceof Promise) throw new Error('A client of the visit must start at once.');
  if (sendsEvents) sendEvents(started);
}

function sendEvents(track: Track): void {
  let sent = 0;
  const send = (count: number) => {
    for (const event of raceEvents('step', count, sent)) track(event);
    sent += count;
  };
  addEventListener('load', () => {
    send(AT_LOAD);
    setTimeout(send, AFTER_MS, AFTER_LOAD);
  });
  addEventListener('DOMContentLoaded', () => {
    document.querySelector('button')?.addEventListener('click', () => send(1));
  });
}
