// A page without a library: an array, a timer, and a `fetch` with `keepalive`.
import type { RaceEvent, Start } from './client.ts';

export const start: Start = ({ endpoint }) => {
  let events: RaceEvent[] = [];
  const flush = () => {
    if (events.length === 0) return;
    const body = JSON.stringify(events);
    events = [];
    fetch(`${endpoint}/baseline`, { method: 'POST', keepalive: true, body }).catch(() => {});
  };
  setInterval(flush, 3_000);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') flush();
  });
  return (event) => events.push(event);
};
