// Listeners of a plug-in on parts of the page.
import { expect, test } from 'vitest';
import { listening } from '../../../js/src/capture/listening.ts';

type Added = { type: string; options: unknown };

/** A target that remembers with which options its listeners were added. */
class Remembering extends EventTarget {
  readonly added: Added[] = [];

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.added.push({ type: args[0], options: args[2] });
    super.addEventListener(...args);
  }
}

test('a listener hears each event of its type, and gets the event', () => {
  const target = new EventTarget();
  const heard: Event[] = [];
  listening().on(target, 'click', (event) => heard.push(event));
  const [first, second] = [new Event('click'), new Event('click')];
  target.dispatchEvent(first);
  target.dispatchEvent(new Event('scroll'));
  target.dispatchEvent(second);
  expect(heard).toEqual([first, second]);
});

test('listeners are passive, and hear an event in the capture phase unless they decline', () => {
  const target = new Remembering();
  const events = listening();
  events.on(target, 'click', () => {});
  events.on(target, 'focus', () => {}, false);
  expect(target.added).toEqual([
    { type: 'click', options: { capture: true, passive: true } },
    { type: 'focus', options: { capture: false, passive: true } },
  ]);
});

test('a listener that throws reaches neither the page nor the other listeners', async () => {
  const target = new EventTarget();
  const events = listening();
  const heard: string[] = [];
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  process.on('uncaughtException', onError);
  events.on(target, 'click', () => {
    heard.push('throws');
    throw new Error('an odd page');
  });
  events.on(target, 'click', () => heard.push('other'));
  expect(target.dispatchEvent(new Event('click'))).toBe(true);
  target.dispatchEvent(new Event('click'));
  // An error in a listener surfaces after the event.
  await new Promise((done) => setImmediate(done));
  process.off('uncaughtException', onError);
  expect(heard).toEqual(['throws', 'other', 'throws', 'other']);
  expect(errors).toEqual([]);
});

test.each([true, false])(
  'the end removes listeners with capture %o from all targets',
  (capture) => {
    const targets = [new EventTarget(), new EventTarget()];
    const events = listening();
    const heard: string[] = [];
    for (const target of targets) {
      events.on(target, 'click', ({ type }) => heard.push(type), capture);
      events.on(target, 'scroll', ({ type }) => heard.push(type), capture);
    }
    events.end();
    events.end();
    for (const target of targets) {
      target.dispatchEvent(new Event('click'));
      target.dispatchEvent(new Event('scroll'));
    }
    expect(heard).toEqual([]);
  },
);

test('the end leaves the listeners of the page and of other plug-ins', () => {
  const target = new EventTarget();
  const heard: string[] = [];
  const [one, other] = [listening(), listening()];
  const shared = ({ type }: Event) => heard.push(type);
  target.addEventListener('click', shared, true);
  one.on(target, 'click', shared);
  other.on(target, 'click', shared);
  one.end();
  target.dispatchEvent(new Event('click'));
  expect(heard).toEqual(['click', 'click']);
});

test('listeners can be added after the end, and ended again', () => {
  const target = new EventTarget();
  const events = listening();
  const heard: string[] = [];
  events.on(target, 'click', () => heard.push('before'));
  events.end();
  events.on(target, 'click', () => heard.push('after'));
  target.dispatchEvent(new Event('click'));
  events.end();
  target.dispatchEvent(new Event('click'));
  expect(heard).toEqual(['after']);
});

test('a listener may end all of them during an event', () => {
  const target = new EventTarget();
  const events = listening();
  const heard: string[] = [];
  events.on(target, 'click', () => {
    heard.push('first');
    events.end();
  });
  events.on(target, 'click', () => heard.push('second'));
  target.dispatchEvent(new Event('click'));
  target.dispatchEvent(new Event('click'));
  expect(heard).toEqual(['first']);
});
