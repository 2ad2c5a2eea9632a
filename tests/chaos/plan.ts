// What a visitor does, drawn by a seed: plain data, made before anything runs.
import { between, type Random, weighted } from './random.ts';

export interface PlannedEvent {
  /** Characters of its text. */
  size: number;
  poison?: true;
}

/** `tab`: 0 ≤ n < 1, as a share of the tabs that are open then. */
export type Step =
  | { do: 'record'; tab: number; events: PlannedEvent[] }
  | { do: 'pause'; ms: number }
  | { do: 'navigate' | 'reload' | 'close' | 'crash'; tab: number }
  /** Records and leaves in one task. */
  | { do: 'leave'; tab: number; events: PlannedEvent[] }
  /** Opens tabs at once, each of which records. */
  | { do: 'tabs'; events: PlannedEvent[][] }
  /** Ends the browser by SIGKILL and starts it again on the same profile. */
  | { do: 'kill' }
  | { do: 'offline'; tab: number; ms: number; events: PlannedEvent[]; close: boolean };

export type Mishap = Exclude<Step['do'], 'record' | 'pause'>;
export type Weights = Readonly<Partial<Record<Mishap, number>>>;

/** Nothing in which a library may lose events that it could not save. */
export const orderly: Weights = { navigate: 4, reload: 3, leave: 3, close: 2, tabs: 2 };
export const everything: Weights = { ...orderly, crash: 2, kill: 2, offline: 2 };

/** Records `count` events in all, `poison` of them poisoned. */
export function plan(random: Random, count: number, weights: Weights, poison = 0): Step[] {
  const steps: Step[] = [];
  const all: PlannedEvent[] = [];
  const tab = () => random();
  // As many steps for thousands of events as for hundreds: a browser takes its time for each.
  const usual = Math.max(10, Math.ceil(count / 40));
  const burst = (most = 0) => {
    // Mostly less than a batch, at times several at once.
    const length = between(random, 1, most || (random() < 0.1 ? 5 * usual : usual));
    const events = Array.from({ length: Math.min(length, count - all.length) }, () => ({
      size: between(random, 0, 120),
    }));
    all.push(...events);
    return events;
  };
  while (all.length < count) {
    steps.push({ do: 'record', tab: tab(), events: burst() });
    // Shorter and longer than the time after which a batch is sealed, or what is open saved.
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
