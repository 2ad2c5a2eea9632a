// Objects of the DOM whose properties an element hides. tests/e2e/odd_pages.spec.ts has real forms.
import { expect, test, vi } from 'vitest';
import { call, isElement, listen, read, unlisten } from '../../js/src/dom.ts';

/** A form as its interface defines it. */
class Form {
  readonly nodeType = 1;
  #attributes: Record<string, string> = { name: 'order' };
  get id() {
    return 'own';
  }
  get assignedSlot() {
    return null;
  }
  getAttribute(name: string) {
    return this.#attributes[name] ?? null;
  }
}

/** A form with fields of these names. */
function formWith(...names: string[]): Form {
  const form = new Form();
  for (const name of names) Object.defineProperty(form, name, { value: { localName: 'input' } });
  return form;
}

test('a property that no field hides is read as it is', () => {
  expect(read(formWith(), 'id')).toBe('own');
  expect(call(formWith(), 'getAttribute', 'name')).toBe('order');
});

test('a property and a method that fields hide are read from the interface', () => {
  const form = formWith('id', 'getAttribute');
  expect(read(form, 'id')).toBe('own');
  expect(call(form, 'getAttribute', 'name')).toBe('order');
});

test('a built-in property that is null is read as null', () => {
  expect(read(formWith('assignedSlot'), 'assignedSlot')).toBeNull();
});

test('a field of the page that is no built-in property stays', () => {
  const form = Object.assign(formWith(), { extra: { n: 1 } });
  expect(read(form, 'extra')).toEqual({ n: 1 });
});

test('a property that the page defines for the object itself stays if it is no object', () => {
  const form = new Form();
  Object.defineProperty(form, 'id', { value: 'given' });
  expect(read(form, 'id')).toBe('given');
});

test('an Object.prototype with accessors of the names of descriptors does not matter', () => {
  const form = formWith('id', 'getAttribute');
  Object.assign(Object.prototype, { get: () => 'polluted', value: () => 'polluted' });
  const found = [read(form, 'id'), call(form, 'getAttribute', 'name')];
  for (const name of ['get', 'value']) Reflect.deleteProperty(Object.prototype, name);
  expect(found).toEqual(['own', 'order']);
});

test.each([
  ['an element', new Form(), true],
  ['a text node', { nodeType: 3 }, false],
  ['nothing', null, false],
  ['a text', 'form', false],
])('%s is an element: %s', (_, value, expected) => {
  expect(isElement(value)).toBe(expected);
});

test('listeners have options without a prototype, and zone.js does not see them', () => {
  const target = new EventTarget();
  const original = vi.spyOn(target, 'addEventListener');
  Object.assign(Object.prototype, { once: () => {} });
  const heard = vi.fn();
  try {
    listen(target, 'ping', heard);
    for (let n = 0; n < 3; n++) target.dispatchEvent(new Event('ping'));
  } finally {
    Reflect.deleteProperty(Object.prototype, 'once');
  }
  unlisten(target, 'ping', heard);
  target.dispatchEvent(new Event('ping'));
  expect(heard).toHaveBeenCalledTimes(3);
  // The page's own `addEventListener` of this object may be anything.
  expect(original).not.toHaveBeenCalled();
});
