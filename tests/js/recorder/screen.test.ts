import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { resolveOptions } from '../../../js/src/recorder/options.ts';
import { Screen } from '../../../js/src/recorder/screen.ts';
import type { DropReason, TrackerOptions } from '../../../js/src/types.ts';

let dropped: [string, DropReason][] = [];

afterEach(() => {
  dropped = [];
  vi.useRealTimers();
});

function screen(options: Partial<TrackerOptions> = {}): Screen {
  const settings = resolveOptions({ host: 'https://log.example.com', logstore: 'web', ...options });
  return new Screen(settings, (field, reason) => dropped.push([field, reason]));
}

/** The event that the screen lets through, as an object; otherwise the result of `admit()`. */
function admitted(screen: Screen, event: Record<string, string>) {
  const answer = screen.admit(Object.entries(event).flat());
  if (!Array.isArray(answer)) return answer;
  const fields: Record<string, string> = Object.create(null);
  for (let at = 0; at < answer.length; at += 2) {
    fields[answer[at] as string] = answer[at + 1] as string;
  }
  return fields;
}

const scrubbed = (address: string, options: Partial<TrackerOptions> = {}) =>
  (admitted(screen(options), { event: 'a', page_url: address }) as { page_url: string }).page_url;

test.each([
  // Nothing to remove.
  ['https://shop.example.com/a/b.html', 'https://shop.example.com/a/b.html'],
  ['/a/b', '/a/b'],
  ['', ''],
  ['about:blank', 'about:blank'],
  ['tel:+4930123', 'tel:+4930123'],
  ['file:///home/a/index.html', 'file:///index.html'],
  // Parameters.
  ['https://a.example/p?token=s', 'https://a.example/p'],
  ['https://a.example/p?', 'https://a.example/p'],
  ['https://a.example/p?utm_source=n&token=s', 'https://a.example/p?utm_source=n'],
  ['https://a.example/p?token=s&gclid=1&q=x', 'https://a.example/p?gclid=1'],
  ['https://a.example/p?utm_source', 'https://a.example/p?utm_source'],
  ['https://a.example/p?my_utm_source=s&utm_sourced=s', 'https://a.example/p'],
  ['https://a.example/p?UTM_SOURCE=s', 'https://a.example/p'],
  ['https://a.example/p?utm_source=a=b', 'https://a.example/p?utm_source=a=b'],
  ['https://a.example/p?utm_source=a\n&token=s', 'https://a.example/p?utm_source=a'],
  ['https:/user:secret@a.example/p', 'https:/a.example/p'],
  ['https:user:secret@a.example/p', 'https:a.example/p'],
  ['ht\ttps://user:secret@a.example/p', 'https://a.example/p'],
  ['https:/\n/user:secret@a.example/p', 'https://a.example/p'],
  ['\u0001 https://user:secret@a.example/p', '\u0001 https://a.example/p'],
  ['file:///C:/Users/someone/page.html?x#y', 'file:///page.html'],
  ['file:/home/someone/', 'file:///'],
  [`https://a.example/${'a'.repeat(3_000)}`, `https://a.example/${'a'.repeat(2_030)}`],
  ['https://a.example/p?go=https://b.example/?utm_source=s', 'https://a.example/p'],
  ['?token=s', ''],
  // Users.
  ['https://user@a.example/p', 'https://a.example/p'],
  ['https://user:secret@a.example/p?token=s', 'https://a.example/p'],
  ['https://user:sec@ret@a.example:8080/p', 'https://a.example:8080/p'],
  ['https://user:secret@a.example', 'https://a.example'],
  ['https:\\\\user:secret@a.example\\p', 'https:\\\\a.example\\p'],
  ['//user:secret@a.example/p', '//a.example/p'],
  [' HTTPS://user:secret@a.example/p', ' HTTPS://a.example/p'],
  ['ftp+x.y-z://user@a.example/p', 'ftp+x.y-z://a.example/p'],
  ['feed:https://user:secret@a.example/p', 'feed:https://a.example/p'],
  ['view-source:https:user:secret@a.example/p', 'view-source:https:a.example/p'],
  ['https://a.example/@user/p', 'https://a.example/@user/p'],
  ['/@user/p', '/@user/p'],
  // Fragments.
  ['https://a.example/p#section', 'https://a.example/p'],
  ['https://a.example/p#access_token=s', 'https://a.example/p'],
  ['https://a.example/p#', 'https://a.example/p'],
  ['https://a.example/#/cart', 'https://a.example/#/cart'],
  ['https://a.example/#!/cart', 'https://a.example/#!/cart'],
  ['https://a.example/#/cart?token=s', 'https://a.example/#/cart'],
  ['https://a.example/#/cart&token=s', 'https://a.example/#/cart'],
  ['https://a.example/#/cart#access_token=s', 'https://a.example/#/cart'],
  [
    'https://a.example/?token=s&utm_term=t#/cart?utm_source=s',
    'https://a.example/?utm_term=t#/cart',
  ],
  ['https://a.example/#x?utm_source=s', 'https://a.example/'],
  // URLs that are not locations.
  ['mailto:shop@a.example', 'mailto:shop@a.example'],
  ['mailto:shop@a.example?subject=s&body=secret', 'mailto:shop@a.example'],
  ['data:text/plain,secret', 'data:'],
  ['data:text/html,<a href="#/secret">?utm_source=s#/secret', 'data:'],
  ['DATA:text/plain;base64,c2VjcmV0', 'DATA:'],
  ['blob:https://a.example/0b2c', 'blob:'],
  ['javascript:alert("secret")', 'javascript:'],
  [' javascript:alert("secret")', ' javascript:'],
  ['https://a.example/data:x', 'https://a.example/data:x'],
])('%o is recorded as %o', (address, left) => {
  expect(scrubbed(address)).toBe(left);
});

test('urlParams sets which parameters are kept', () => {
  const address = 'https://a.example/p?q=x&utm_source=n&page=2#/r';
  expect(scrubbed(address, { urlParams: ['page', 'q'] })).toBe('https://a.example/p?q=x&page=2#/r');
  expect(scrubbed(address, { urlParams: [] })).toBe('https://a.example/p#/r');
});

test('a secret in any private part of a URL is removed', () => {
  const text = fc.stringMatching(/^[a-z0-9:@!$'()*+,;.%~-]{0,12}$/);
  fc.assert(
    fc.property(text, text, text, (before, after, path) => {
      const user = `${before}SECRET${after}`.replaceAll('/', '');
      for (const address of [
        `https://${user}@a.example/${path}`,
        `//${user}@a.example/${path}`,
        `https://a.example/${path}?x=${user}`,
        `https://a.example/${path}#${user}`,
        `https://a.example/${path}#/r?${user}`,
        `data:${user}`,
      ]) {
        expect(scrubbed(address)).not.toContain('SECRET');
      }
    }),
  );
});

test('all URL fields of an event are scrubbed, and other fields are not', () => {
  const one = screen();
  for (let times = 0; times < 3; times++) {
    expect(
      admitted(one, {
        event: 'a',
        page_url: 'https://a.example/?x=1',
        link_url: 'https://b.example/?x=2',
        referrer_url: 'https://a.example/?x=1',
        url: '/?x=3',
        page_url_note: '/?x=4',
      }),
    ).toEqual({
      event: 'a',
      page_url: 'https://a.example/',
      link_url: 'https://b.example/',
      referrer_url: 'https://a.example/',
      url: '/?x=3',
      page_url_note: '/?x=4',
    });
  }
});

test('the value of a masked field is replaced by ***', () => {
  const one = screen({ mask: ['email', 'page_url', 'user_id'] });
  expect(
    admitted(one, { event: 'a', email: 'a@b.example', page_url: '/a', user_id: '', mail: 'x' }),
  ).toEqual({ event: 'a', email: '***', page_url: '***', user_id: '***', mail: 'x' });
});

test.each([0, 0.001, 0.1, 0.5, 0.9, 1])(
  'a share of %f of 10,000 visitors is recorded',
  (sampleRate) => {
    for (const idOf of [
      (n: number) => String(n),
      (n: number) => `visitor-${n}`,
      (n: number) => ((n + 1) * 0x9e3779b97f).toString(36),
    ]) {
      const one = screen({ sampleRate, rateLimit: 1e9 });
      let recorded = 0;
      for (let n = 0; n < 10_000; n++) {
        if (admitted(one, { event: 'a', visitor_id: idOf(n) }) !== undefined) recorded++;
      }
      // Four standard deviations of a random sample.
      const slack = 4 * Math.sqrt(10_000 * sampleRate * (1 - sampleRate));
      expect(Math.abs(recorded - 10_000 * sampleRate)).toBeLessThanOrEqual(slack);
    }
  },
);

test('sampling always decides the same for a visitor, and a higher rate keeps the visitor', () => {
  const screens = [0.2, 0.2, 0.4].map((sampleRate) => screen({ sampleRate, rateLimit: 1e9 }));
  for (let n = 0; n < 1_000; n++) {
    const [a, b, larger] = screens.map((one) => {
      const isIn = admitted(one, { visitor_id: `v${n}`, event: 'a' }) !== undefined;
      expect(admitted(one, { event: 'b', visitor_id: `v${n}` }) !== undefined).toBe(isIn);
      return isIn;
    });
    expect(b).toBe(a);
    if (a) expect(larger).toBe(true);
  }
});

test('masking visitor_id does not change who is sampled', () => {
  const [plain, masked] = [
    screen({ sampleRate: 0.5 }),
    screen({ sampleRate: 0.5, mask: ['visitor_id'] }),
  ];
  for (let n = 0; n < 100; n++) {
    const event = { event: 'a', visitor_id: `v${n}` };
    expect(admitted(masked, event) !== undefined).toBe(admitted(plain, event) !== undefined);
  }
});

test('without a visitor id all events of a page are recorded or none', () => {
  let recorded = 0;
  for (let page = 0; page < 1_000; page++) {
    const one = screen({ sampleRate: 0.5 });
    const answers = Array.from({ length: 5 }, (_, n) => admitted(one, { event: String(n) }));
    expect(new Set(answers.map((answer) => answer !== undefined)).size).toBe(1);
    if (answers[0]) recorded++;
  }
  expect(recorded).toBeGreaterThan(400);
  expect(recorded).toBeLessThan(600);
});

test('rateLimit limits the events of one name in a minute', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const one = screen({ rateLimit: 3 });
  const names = (name: string, count: number) =>
    Array.from({ length: count }, () => typeof admitted(one, { event: name }) === 'object');
  expect(names('a', 5)).toEqual([true, true, true, false, false]);
  expect(names('b', 2)).toEqual([true, true]);
  vi.advanceTimersByTime(59_000);
  expect(names('a', 1)).toEqual([false]);
  vi.advanceTimersByTime(1_000);
  expect(names('a', 4)).toEqual([true, true, true, false]);
  expect(admitted(one, { event: 'a' })).toBe('rate_limited');
});

test('rateLimit applies to events without a name', () => {
  const one = screen({ rateLimit: 1 });
  expect(admitted(one, { n: '1' })).toEqual({ n: '1' });
  expect(admitted(one, { n: '2' })).toBe('rate_limited');
});

test('events outside the sample do not count towards rateLimit', () => {
  const one = screen({ rateLimit: 1, sampleRate: 0.5 });
  const ids = Array.from({ length: 20 }, (_, n) => `v${n}`);
  const isIn = (id: string) =>
    admitted(screen({ sampleRate: 0.5 }), { event: 'a', visitor_id: id }) !== undefined;
  for (const visitor_id of ids.filter((id) => !isIn(id))) {
    expect(admitted(one, { event: 'a', visitor_id })).toBeUndefined();
  }
  const [visitor_id = ''] = ids.filter(isIn);
  expect(admitted(one, { event: 'a', visitor_id })).toEqual({ event: 'a', visitor_id });
});

test('beforeSend gets the scrubbed event and returns the event to record', () => {
  const seen: Record<string, string>[] = [];
  const one = screen({
    mask: ['email'],
    beforeSend: (event) => {
      seen.push({ ...event });
      delete event.n;
      return { ...event, added: 5, at: new Date(0), none: undefined };
    },
  });
  const event = { event: 'a', n: '1', email: 'a@b.example', page_url: 'https://a.example/?x' };
  expect(admitted(one, event)).toEqual({
    event: 'a',
    email: '***',
    page_url: 'https://a.example/',
    added: '5',
    at: '1970-01-01T00:00:00.000Z',
  });
  expect(seen).toEqual([{ event: 'a', n: '1', email: '***', page_url: 'https://a.example/' }]);
});

test.each([null, false] as const)('an event is discarded if beforeSend returns %o', (answer) => {
  expect(admitted(screen({ beforeSend: () => answer }), { event: 'a' })).toBeUndefined();
});

test.each([
  () => {
    throw new Error('a mistake of the page');
  },
  () => undefined,
  async (event: object) => event,
  (event: object) => [event],
  () => true,
  () => 'a',
  () =>
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('closed');
        },
      },
    ),
])(
  'an event is dropped as hook_failed if beforeSend throws or returns no event (%#)',
  (beforeSend) => {
    expect(admitted(screen({ beforeSend: beforeSend as never }), { event: 'a' })).toBe(
      'hook_failed',
    );
  },
);

test('fields from beforeSend that cannot be recorded are reported', () => {
  const beforeSend = () => ({ event: 'a', __time__: 5, cycle: 1n, list: [1n] });
  expect(admitted(screen({ beforeSend }), { event: 'a' })).toEqual({ event: 'a', cycle: '1' });
  expect(dropped).toEqual([
    ['__time__', 'reserved_field'],
    ['list', 'invalid_field'],
  ]);
});
