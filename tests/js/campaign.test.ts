// The parameters of an address that name a campaign: which stay in addresses, and which fields they become.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLICK_IDS, UTM } from '../../js/src/campaign.ts';
import { resolveOptions } from '../../js/src/recorder/options.ts';
import { Screen } from '../../js/src/recorder/screen.ts';

const ALL: readonly string[] = [...UTM, ...CLICK_IDS];

test('the five parameters of a campaign are known, and the click ids of seven advertisers', () => {
  expect(UTM.map((name) => name.replace(/^utm_/, ''))).toEqual(
    'source medium campaign term content'.split(' '),
  );
  expect([...CLICK_IDS].sort()).toEqual(
    'bd_vid fbclid gclid msclkid ttclid twclid yclid'.split(' '),
  );
});

test('by default exactly these parameters stay in an address', () => {
  const settings = resolveOptions({ host: 'https://log.example.com', logstore: 'web' });
  expect(settings.urlParams).toEqual(ALL);
  const screen = new Screen(settings, () => {});
  const kept = `https://shop.example.com/?${ALL.map((name) => `${name}=1`).join('&')}`;
  expect(screen.admit(['page_url', `${kept}&utm_id=1&dclid=1&token=1`])).toEqual([
    'page_url',
    kept,
  ]);
});

test('each parameter of a campaign is a field of the schema', () => {
  const schema = readFileSync(new URL('../../js/SCHEMA.md', import.meta.url), 'utf8');
  expect(UTM.filter((name) => !schema.includes(`\`${name}\``))).toEqual([]);
});
