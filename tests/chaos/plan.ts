// What a visitor does: a random plan, made from a seed before anything runs.
import { between, type Random, weighted } from './random.ts';

export interface PlannedEvent {
  /** Length of its text in characters. */
  size: number;
  poison?: true;
}

/** `tab` picks one of the tabs that are open at that time, as a share of their number: 0 ≤ tab < 1. */
export type Step =
  | { do: 'record'; tab: number; events: PlannedEvent[] }
  | { do: 'pause'; ms: number }
  | { do: 'navigate' | 'reload' | 'close' | 'crash'; tab: number }
  /** Records and leaves the page in the same task. */
  | { do: 'leave'; tab: number; events: PlannedEvent[] }
  /** Opens several tabs at once, each of which records events. */
  | { do: 'tabs'; events: PlannedEvent[][] }
  /** Kills the browser with SIGKILL and starts it again on the same profile. */
  | { do: 'kill' }
  | { do: 'offline'; tab: number; ms: number; events: PlannedEvent[]; close: boolean };

export type Mishap = Exclude<Step['do'], 'record' | 'pause'>;
export type Weights = Readonly<Partial<Record<Mishap, number>>>;

/** Steps in which the library has time to save all events. */
export const orderly: Weights = { navigate: 4, reload: 3, leave: 3, close: 2, tabs: 2 };
export const everything: Weights = { ...orderly, crash: 2, kill: 2, offline: 2 };

/** A plan that records `count` events, of which about `poison` are poisoned. */
export function plan(random: Random, count: number, weights: Weights, poison = 0): Step[] {
  const steps: Step[] = [];
  const all: PlannedEvent[] = [];
  const tab = () => random();
  // Larger bursts for more events, so that the number of steps stays the same: each step takes the browser some time.
  const usual = Math.max(10, Math.ceil(count / 40));
  const burst = (most = 0) => {
    // Mostly less than a batch, sometimes several batches.
    const length = between(random, 1, most || (random() < 0.1 ? 5 * usual : usual));
    const events = Array.from({ length: Math.min(length, count - all.length) }, () => ({
      size: between(random, 0, 120),
    }));
    all.push(...events);
    return events;
  };
  while (all.length < count) {
    steps.push({ do: 'record', tab: tab(), events: burst() });
    // Some pauses are shorter, some longer than the time until a batch is sealed or an open batch is saved.
    if (random() < 0.7) steps.push({ do: 'pause', ms: between(random, 20, 2_000) });
    const mishap = weighted(random, weights);
    switch (mishap) {
      case 'navigate':
      case 'reload':
      case 'close':
      case 'crash':
        steps.push({ do: mishap, tab: tab() });
        break;
      case 'leave':
        steps.push({ do: mishap, tab: tab(), events: burst() });
        break;
      case 'tabs':
        steps.push({ do: mishap, events: [burst(usual), burst(usual)] });
        break;
      case 'kill':
        steps.push({ do: mishap });
        break;
      case 'offline': {
        const ms = between(random, 300, 2_500);
        steps.push({ do: mishap, tab: tab(), ms, events: burst(), close: random() < 0.4 });
      }
    }
  }
  for (let left = poison; left > 0; left--) {
    const event = all[between(random, 0, all.length - 1)];
    if (event) event.poison = true;
  }
  return steps;
}
