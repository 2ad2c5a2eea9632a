// The worker's end of the channel, tested through a real MessagePort.

import { expect, test, vi } from 'vitest';
import { serve } from '../../../js/src/channel/serve.ts';
import type { Engine, Hello, Listener, Session } from '../../../js/src/engine/engine.ts';

function connected({ isInDoubt = false, lifeLock = '' } = {}) {
  let listener: Listener | undefined;
  const session = { stored: Promise.resolve(-1), pause: vi.fn(), resume: vi.fn(), gone() {} };
  const engine = {
    isInDoubt,
    open(_: Hello, given: Listener) {
      listener = given;
      return session as unknown as Session;
    },
  } as unknown as Engine;
  const { port1: page, port2 } = new MessageChannel();
  const received: unknown[] = [];
  page.onmessage = ({ data }) => received.push(data);
  serve(port2, engine, Promise.resolve(lifeLock || undefined));
  page.postMessage({ kind: 'hello', hello: {} });
  return { page, received, session, listener: () => listener as Listener };
}

test('a page in the back/forward cache gets its messages when it resumes', async () => {
  const { page, received, session, listener } = connected();
  await vi.waitFor(() => expect(received).toEqual([{ kind: 'ready', stored: -1 }]));
  page.postMessage({ kind: 'pause' });
  await vi.waitFor(() => expect(session.pause).toHaveBeenCalledOnce());
  listener().stored(0);
  listener().stored(1);
  // A message that was sent by now would arrive before this round trip ends.
  page.postMessage({ kind: 'pause' });
  await vi.waitFor(() => expect(session.pause).toHaveBeenCalledTimes(2));
  expect(received).toHaveLength(1);
  page.postMessage({ kind: 'resume' });
  await vi.waitFor(() =>
    expect(received.slice(1)).toEqual([
      { kind: 'stored', group: 0 },
      { kind: 'stored', group: 1 },
    ]),
  );
  listener().stored(2);
  await vi.waitFor(() => expect(received).toHaveLength(4));
  page.close();
});

test('a page is told that the endpoint fails, although it failed before the page came', async () => {
  const { page, received } = connected({ isInDoubt: true });
  await vi.waitFor(() =>
    expect(received).toEqual([
      { kind: 'ready', stored: -1 },
      { kind: 'doubted', isInDoubt: true },
    ]),
  );
  page.close();
});

test('a page is told the lock that the worker holds while it lives', async () => {
  const { page, received } = connected({ lifeLock: 'life 1' });
  await vi.waitFor(() =>
    expect(received).toEqual([{ kind: 'ready', stored: -1, lifeLock: 'life 1' }]),
  );
  page.close();
});
