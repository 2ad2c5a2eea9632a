// The document that readers of the store go by says what the types say.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

test('js/SCHEMA.md is as `npm run schema -- --write` makes it', () => {
  const wanted = execFileSync('node', [at('scripts/schema.mjs').pathname], { encoding: 'utf8' });
  expect(readFileSync(at('js/SCHEMA.md'), 'utf8')).toBe(wanted);
  const events = [...wanted.matchAll(/^## `(\w+)`$/gm)].map(([, event]) => event);
  const types = readFileSync(at('js/src/events.ts'), 'utf8').matchAll(/^ {2}event: '(\w+)';$/gm);
  expect(events).toEqual([...types].map(([, event]) => event));
  expect(events.length).toBeGreaterThan(15);
});
