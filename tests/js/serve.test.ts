// The worker's end of the channel, by what a page hears through a real port.

import { expect, test, vi } from 'vitest';
import { serve } from '../../js/src/channel/serve.ts';
import type { Engine, Hello, Listener, Session } from '../../js/src/engine/engine.ts';

function connected() {
  let listener: Listener | undefined;
  const session = { stored: Promise.resolve(-1), pause: vi.fn(), resume: vi.fn(), leave() {} };
  const engine = {
    open(_: Hello, heard: Listener) {
      listener = heard;
      return session as unknown as Session;
    },
  } as unknown as Engine;
  const { port1: page, port2 } = new MessageChannel();
  const heard: unknown[] = [];
  page.onmessage = ({ data }) => heard.push(data);
  serve(port2, engine);
  page.postMessage({ kind: 'hello', hello: {} });
  return { page, heard, session, tell: () => listener as Listener };
}

test('a page in the back/forward cache is sent nothing until it is back', async () => {
  const { page, heard, session, tell } = connected();
  await vi.waitFor(() => expect(heard).toEqual([{ kind: 'ready', stored: -1 }]));
  page.postMessage({ kind: 'pause' });
  await vi.waitFor(() => expect(session.pause).toHaveBeenCalledOnce());
  tell().stored(0);
  tell().stored(1);
  // What is sent now would arrive before the answer to this.
  page.postMessage({ kind: 'pause' });
  await vi.waitFor(() => expect(session.pause).toHaveBeenCalledTimes(2));
  expect(heard).toHaveLength(1);
  page.postMessage({ kind: 'resume' });
  await vi.waitFor(() =>
    expect(heard.slice(1)).toEqual([
      { kind: 'stored', group: 0 },
      { kind: 'stored', group: 1 },
    ]),
  );
  tell().stored(2);
  await vi.waitFor(() => expect(heard).toHaveLength(4));
  page.close();
});
