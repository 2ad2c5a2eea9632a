// The events of the race, each with a marker that identifies it.
import { makeEvents } from '../bench/events.ts';
import type { RaceEvent } from './clients/client.ts';
import { markerOf } from './markers.ts';

/**
 * `step`: about 350 bytes of JSON with only texts, as some clients take nothing else. `bench`: the benchmark's events.
 */
export type Kind = 'step' | 'bench';

/** `count` events, numbered from `from`. */
export function raceEvents(kind: Kind, count: number, from: number): RaceEvent[] {
  if (kind === 'bench') {
    return makeEvents(from + count, false)
      .slice(from)
      .map((event, n) => ({ ...event, m: markerOf(from + n) }));
  }
  return Array.from({ length: count }, (_, n) => step(from + n));
}

const step = (n: number): RaceEvent => ({
  event: 'step',
  m: markerOf(n),
  page: `/catalogue/tableware/${n % 7}`,
  referrer: 'https://www.example.com/search?q=tea+pots+and+cups&source=newsletter',
  title: 'Leaf & Kiln, tea and tableware',
  language: 'en-GB',
  screen: '1280x720',
  visitor: '2f1c7a5e-8d34-4c0b-9a61-0f2f7a9be0d1',
  selector: `main > section:nth-child(${n % 5}) > ul > li:nth-child(${n}) > a`,
});
