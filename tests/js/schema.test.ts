// js/SCHEMA.md, the reference for stored events, agrees with the types.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

test('js/SCHEMA.md is up to date and has all events (`npm run schema -- --write` updates it)', () => {
  const wanted = execFileSync('node', [at('scripts/schema.mjs').pathname], { encoding: 'utf8' });
  expect(readFileSync(at('js/SCHEMA.md'), 'utf8')).toBe(wanted);
  const events = [...wanted.matchAll(/^## `(\w+)`$/gm)].map(([, event]) => event);
  const types = ['js/src/events.ts', 'js/src/technical_events.ts'].flatMap((source) => [
    ...readFileSync(at(source), 'utf8').matchAll(/^ {2}event: '(\w+)';$/gm),
  ]);
  expect(events).toEqual(types.map(([, event]) => event));
  expect(events.length).toBeGreaterThan(15);
});

test('docs/options.md is as `npm run options -- --write` makes it', () => {
  const script = at('scripts/option_tables.mjs').pathname;
  const wanted = execFileSync('node', [script], { encoding: 'utf8' });
  expect(readFileSync(at('docs/options.md'), 'utf8')).toBe(wanted);
  const options = [...wanted.matchAll(/^\| `(\w+)`(?: \(required\))? \| `/gm)].map(
    ([, name]) => name,
  );
  expect(options).toEqual(expect.arrayContaining(['host', 'flushInterval', 'beforeSend']));
  const withOptions = [...wanted.matchAll(/^\| `(\w+)\(\)` \| `/gm)].map(([, plugIn]) => plugIn);
  expect([...new Set(withOptions)]).toEqual([
    'clicks',
    'engagement',
    'errors',
    'identity',
    'longTasks',
    'network',
    'pageViews',
    'resources',
    'scroll',
    'visibility',
  ]);
});
