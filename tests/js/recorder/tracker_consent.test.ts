// Consent: pending, granted, denied and withdrawn; and pages that are prerendered.
import { expect, test, vi } from 'vitest';
import { shippedCore } from '../shipped_core.ts';
import {
  activate,
  drops,
  endpoint,
  leave,
  logs,
  notices,
  plugIn,
  start,
} from '../tracker_fixture.ts';

test('denying consent forgets the user id', async () => {
  const tracker = start({ timeField: false });
  tracker.register({ shop: 'north' });
  tracker.identify('u1');
  tracker.setConsent('denied');
  tracker.identify('u2');
  tracker.setConsent('granted');
  tracker.track({ event: 'x' });
  await tracker.flush();
  expect(logs()).toEqual([
    { event: 'identify', shop: 'north', user_id: 'u1' },
    { event: 'x', shop: 'north' },
  ]);
});

test('a prerendered page records nothing until it is shown', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], timeField: false, flushCount: 1 }, undefined, {
    prerendered: true,
  });
  tracker.track({ event: 'early' });
  expect(one.log).toEqual([]);
  expect(endpoint.requests).toEqual([]);
  activate();
  one.sink().track({ event: 'shown' });
  await tracker.flush();
  expect(logs()).toEqual([{ event: 'early' }, { event: 'shown' }]);
  expect(one.log).toEqual(['start plug-in']);
});

test('identify(), reset() and setConsent() of a prerendered page take effect when it is shown', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], consent: 'pending' }, undefined, {
    prerendered: true,
  });
  tracker.identify('u1');
  tracker.reset();
  tracker.setConsent('granted');
  tracker.identify('u2');
  expect(one.log).toEqual([]);
  activate();
  expect(one.log).toEqual([
    'start plug-in',
    'plug-in identify u1',
    'plug-in reset',
    'plug-in granted',
    'plug-in identify u2',
  ]);
  await tracker.flush();
  expect(logs().map(({ event, user_id }) => [event, user_id])).toEqual([
    ['identify', 'u1'],
    ['identify', 'u2'],
  ]);
});

test('denying consent calls erase() of plug-ins, also of those that have not started', () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], consent: 'denied' });
  expect(one.log).toEqual(['erase plug-in']);
  tracker.setConsent('granted');
  tracker.setConsent('denied');
  expect(one.log.slice(1)).toEqual([
    'start plug-in',
    'plug-in granted',
    'stop plug-in',
    'erase plug-in',
  ]);
  const other = plugIn('other');
  start({ capture: [other.capture] }, undefined, { prerendered: true }).setConsent('denied');
  expect(other.log).toEqual(['erase other']);
});

test('events that wait for consent are discarded if beforeSend withdraws it', async () => {
  const tracker = start({
    consent: 'pending',
    beforeSend: (event) => {
      if (event.event === 'b') tracker.setConsent('denied');
      return event;
    },
  });
  for (const event of ['a', 'b', 'c']) tracker.track({ event });
  tracker.setConsent('granted');
  expect(tracker.counts).toMatchObject({ tracked: 2, dropped: 0 });
  await tracker.flush();
  expect(endpoint.events).not.toContain('c');
});

test('a prerendered page that is never shown sends nothing', async () => {
  const tracker = start({}, undefined, { prerendered: true });
  tracker.track({ event: 'early' });
  leave();
  await tracker.shutdown();
  expect(endpoint.requests).toEqual([]);
});

test('events that wait for consent get the fields that plug-ins add only after consent', async () => {
  const one = plugIn();
  const tracker = start({
    capture: [one.capture],
    consent: 'pending',
    timeField: false,
    beforeSend: (event) => ({ ...event, seen: event.who ?? 'nobody' }),
  });
  const { consent } = one.sink();
  expect(consent).toBe('pending');
  one
    .sink()
    .enrich(() => (one.sink().consent === 'granted' ? { who: 'v1', page: 'b' } : { page: 'a' }));
  tracker.track({ event: 'x' });
  tracker.setConsent('granted');
  await tracker.flush();
  expect(logs()).toEqual([{ event: 'x', page: 'a', who: 'v1', seen: 'v1' }]);
});

test('a plug-in started after a denial sees isLate, and can track an event with its own time', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], consent: 'denied' });
  tracker.setConsent('granted');
  expect(one.sink().isLate).toBe(true);
  one.sink().track({ event: 'x' }, { time: 1_700_000_000_000 });
  await tracker.flush();
  expect(logs()).toMatchObject([{ event: 'x', ts: '1700000000000' }]);
});

test.each([true, 'yes', null, undefined, {}])(
  'setConsent(%o) denies consent and is reported as invalid_consent',
  async (wrong) => {
    const tracker = start();
    tracker.track({ event: 'before' });
    tracker.setConsent(wrong as never);
    tracker.track({ event: 'after' });
    await tracker.flush();
    expect(logs().map(({ event }) => event)).toEqual(['before']);
    expect(notices).toEqual([{ kind: 'invalid_consent' }]);
    tracker.setConsent('granted');
    tracker.track({ event: 'agreed' });
    await tracker.flush();
    expect(logs().map(({ event }) => event)).toEqual(['before', 'agreed']);
  },
);

test('the onNotice hook of an invalid consent may grant consent', async () => {
  const tracker = start({ onNotice: () => tracker.setConsent('granted') });
  tracker.setConsent('yes' as never);
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(logs().map(({ event }) => event)).toEqual(['a']);
});

test('before consent nothing is loaded or sent; then all events are sent with their own time', async () => {
  const one = plugIn();
  const loading = vi.fn(shippedCore);
  const tracker = start({ capture: [one.capture], consent: 'pending' }, loading);
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 });
  tracker.track({ event: 'a' });
  vi.setSystemTime(2_000);
  one.sink().track({ event: 'long_task', duration_ms: 60 });
  vi.useRealTimers();
  leave();
  await tracker.flush();
  expect(loading).not.toHaveBeenCalled();
  expect(one.sink().consent).toBe('pending');
  expect(tracker.counts).toMatchObject({ tracked: 2, sent: 0, dropped: 0 });
  tracker.setConsent('granted');
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(loading).toHaveBeenCalledTimes(1);
  expect(logs()).toMatchObject([
    { event: 'a', ts: '1000' },
    { event: 'long_task', ts: '2000', duration_ms: '60' },
    { event: 'b' },
  ]);
  expect(one.log).toEqual(['start plug-in', 'plug-in leave page', 'plug-in granted']);
  expect(tracker.counts).toMatchObject({ tracked: 3, sent: 3, dropped: 0 });
});

test('at most 1,000 events wait for consent, and the others are reported as queue_full', async () => {
  const tracker = start({ consent: 'pending' });
  for (let n = 0; n < 1_003; n++) tracker.track({ event: String(n) });
  expect(drops).toEqual(Array(3).fill({ reason: 'queue_full', events: 1 }));
  tracker.setConsent('granted');
  await tracker.flush();
  expect(endpoint.events).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)));
});

test('denying consent discards all events and stops the plug-ins in reverse order', async () => {
  const log: string[] = [];
  const [one, other] = [plugIn('one', log), plugIn('other', log)];
  const loading = vi.fn(shippedCore);
  const tracker = start({ capture: [one.capture, other.capture], consent: 'pending' }, loading);
  tracker.track({ event: 'a' });
  tracker.setConsent('denied');
  tracker.track({ event: 'b' });
  other.sink().track({ event: 'long_task', duration_ms: 60 });
  tracker.identify('u1');
  await tracker.flush();
  expect(log).toEqual([
    'start one',
    'start other',
    'stop other',
    'stop one',
    'erase one',
    'erase other',
  ]);
  expect(loading).not.toHaveBeenCalled();
  expect(tracker.counts).toMatchObject({ tracked: 0, sent: 0, dropped: 0 });
  expect(drops).toEqual([]);

  log.length = 0;
  tracker.setConsent('granted');
  tracker.track({ event: 'c' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['c']);
  expect(log.filter((line) => line.startsWith('start'))).toEqual(['start one', 'start other']);
});

test('events recorded with consent are sent after it is withdrawn', async () => {
  const tracker = start();
  tracker.track({ event: 'a' });
  tracker.setConsent('denied');
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['a']);
  expect(tracker.counts).toMatchObject({ tracked: 1, sent: 1, dropped: 0 });
});

test('events that waited for consent are sent in time, although no other event follows', async () => {
  const tracker = start({ consent: 'pending', flushInterval: 50 });
  tracker.track({ event: 'a' });
  tracker.setConsent('granted');
  await expect.poll(() => endpoint.events).toEqual(['a']);
});

test('events that a prerendered page has tracked are sent in time once it is shown', async () => {
  const tracker = start({ flushInterval: 50 }, shippedCore, { prerendered: true });
  tracker.track({ event: 'a' });
  activate();
  await expect.poll(() => endpoint.events).toEqual(['a']);
});

test('setting consent back to pending holds back later events', async () => {
  const tracker = start();
  tracker.track({ event: 'a' });
  tracker.setConsent('pending');
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['a']);
  tracker.setConsent('granted');
  await tracker.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
});

test('a tracker shut down before consent reports its events as shut_down', async () => {
  const tracker = start({ consent: 'pending' });
  tracker.track({ event: 'a' });
  tracker.track({ event: 'b' });
  await tracker.shutdown();
  tracker.setConsent('granted');
  await tracker.flush();
  expect(drops).toEqual([{ reason: 'shut_down', events: 2 }]);
  expect(tracker.counts).toMatchObject({ tracked: 2, sent: 0, dropped: 2 });
  expect(endpoint.requests).toEqual([]);
});

test('setConsent("granted") does not overrule Global Privacy Control', async () => {
  vi.stubGlobal('navigator', { globalPrivacyControl: true });
  const one = plugIn();
  const tracker = start({ honorGpc: true, consent: 'granted', capture: [one.capture] });
  tracker.track({ event: 'a' });
  tracker.setConsent('granted');
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(one.log).toEqual(['erase plug-in']);
  expect(endpoint.requests).toEqual([]);
  expect(tracker.counts).toMatchObject({ tracked: 0, sent: 0, dropped: 0 });
});
