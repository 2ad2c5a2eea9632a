import type { Capture, OwnSink } from '../types.ts';
import { closest, selectorOf, targetOf } from './element.ts';
import { listening } from './listening.ts';

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** A form that a visitor has begun to fill in. */
interface Begun {
  form: string;
  since: number;
  /** Names of its fields that were changed. */
  changed: Set<string>;
  lastField: string;
  /** Something was changed since it was last recorded as abandoned. */
  unsent: boolean;
}

/** The field that the visitor is in. */
interface Visit {
  field: Field;
  form: string | undefined;
  since: number;
  changes: number;
  /** A change has begun and is not committed: the further keystrokes are the same one. */
  changing: boolean;
}

const FIELD = 'input:not([type=submit],[type=reset],[type=button],[type=image]),select,textarea';
const IGNORED = '[data-track-ignore]';

/**
 * Records `form_start`, `form_field`, `form_submit` and `form_abandon`, never what is filled in. Forms and fields with
 * `data-track-ignore`, or within such an element, are left alone.
 */
export function forms(): Capture {
  return { name: 'forms', start: startForms };
}

function startForms(sink: OwnSink): () => void {
  const events = listening();
  const heard = new WeakSet<Node>();
  const begun = new Map<HTMLFormElement, Begun>();
  let visit: Visit | undefined;

  const endVisit = () => {
    if (!visit) return;
    const { field, form, since, changes } = visit;
    visit = undefined;
    const focus_ms = elapsed(since);
    if (!focus_ms && !changes) return;
    sink.track({
      event: 'form_field',
      form,
      form_field: nameOf(field),
      ...(field.type !== 'password' && { focus_ms, changes }),
    });
  };

  // Answers the field's form if it is begun, or `begin` says that it is now.
  const enter = (event: Event, begin: boolean) => {
    const field = targetOf(event) as Field | undefined;
    // What a script dispatches is not the visitor's doing.
    if (!event.isTrusted || !field?.matches(FIELD) || closest(field, IGNORED)) return undefined;
    const form = field.form ?? (closest(field, 'form') as HTMLFormElement | undefined);
    if (form && closest(form, IGNORED)) return undefined;
    hear(field.getRootNode());
    if (form) hear(form.getRootNode());
    if (visit?.field !== field) {
      endVisit();
      visit = {
        field,
        form: form && selectorOf(form),
        since: performance.now(),
        changes: 0,
        changing: false,
      };
    }
    if (!form) return undefined;
    const form_field = nameOf(field);
    let known = begun.get(form);
    if (!known && begin) {
      known = newlyBegun(form);
      begun.set(form, known);
      sink.track({ event: 'form_start', form: known.form, form_field });
    }
    if (known) known.lastField = form_field;
    return known;
  };

  const onInput = (event: Event) => {
    const form = enter(event, true);
    if (form) {
      form.changed.add(form.lastField);
      form.unsent = true;
    }
    if (visit && !visit.changing && visit.field === targetOf(event)) {
      visit.changing = true;
      visit.changes++;
    }
  };

  const onChange = (event: Event) => {
    if (!visit || visit.field !== targetOf(event)) return;
    visit.changing = false;
    // A click does not give a checkbox the focus everywhere (Safari): nobody will leave it.
    if (!visit.field.matches(':focus')) endVisit();
  };

  const onSubmit = (event: Event) => {
    const form = targetOf(event) as HTMLFormElement | undefined;
    if (!form || closest(form, IGNORED)) return;
    endVisit();
    sink.track({ event: 'form_submit', ...summary(begun.get(form) ?? newlyBegun(form)) });
    begun.delete(form);
  };

  // `change` and `submit` do not come out of a shadow root, and a focus that moves within one neither.
  const hear = (root: Node) => {
    if (heard.has(root)) return;
    heard.add(root);
    events.on(root, 'focusin', (event) => enter(event, false));
    events.on(root, 'focusout', endVisit);
    events.on(root, 'input', onInput);
    events.on(root, 'change', onChange);
    events.on(root, 'submit', onSubmit);
  };

  hear(document);
  const stop = sink.on('leave', () => {
    endVisit();
    for (const [form, known] of begun) {
      if (known.unsent) {
        known.unsent = false;
        sink.track({ event: 'form_abandon', ...summary(known), form_field: known.lastField });
      }
      if (!form.isConnected) begun.delete(form);
    }
  });
  return () => {
    events.end();
    stop();
  };
}

function newlyBegun(form: HTMLFormElement): Begun {
  return {
    form: selectorOf(form),
    since: performance.now(),
    changed: new Set(),
    lastField: '',
    unsent: false,
  };
}

function summary({ form, since, changed }: Begun) {
  return { form, form_duration_ms: elapsed(since), fields_changed: changed.size };
}

function elapsed(since: number): number {
  return Math.round(performance.now() - since);
}

function nameOf({ name, id, type }: Field): string {
  return name || id || type;
}
