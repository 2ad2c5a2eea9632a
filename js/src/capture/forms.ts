import { call, read } from '../dom.ts';
import { clock, Map, Set, WeakSet } from '../natives.ts';
import { cut } from '../text.ts';
import type { Capture, OwnSink } from '../types.ts';
import { closest, selectorOf, targetOf } from './element.ts';
import { listening } from './listening.ts';

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** A form that the visitor has started to fill in. */
interface StartedForm {
  /** Selector of the form. */
  form: string;
  since: number;
  /** Names of the changed fields. */
  changed: Set<string>;
  lastField: string;
  /** A field was changed since the form was last recorded as abandoned. */
  hasUnsentChanges: boolean;
}

/** The field that the visitor is in. */
interface Visit {
  field: Field;
  form: string | undefined;
  since: number;
  changes: number;
  /** A change is not committed yet: further keystrokes belong to the same change. */
  isChanging: boolean;
}

const FIELD = 'input:not([type=submit],[type=reset],[type=button],[type=image]),select,textarea';
const IGNORED = '[data-track-ignore]';

/**
 * Records `form_start`, `form_field`, `form_submit` and `form_abandon`, but never the values of fields. Ignores forms
 * and fields that have `data-track-ignore` or lie within such an element.
 */
export function forms(): Capture {
  return { name: 'forms', start: startForms };
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a class is larger on the wire, see docs/decisions.md.
function startForms(sink: OwnSink): () => void {
  const events = listening();
  const listenedRoots = new WeakSet<Node>();
  const started = new Map<HTMLFormElement, StartedForm>();
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

  // Notes that the visitor is in a field. Returns the field's form if it is started; with `begin`, starts it.
  const enter = (event: Event, begin: boolean) => {
    const field = targetOf(event) as Field | undefined;
    // Ignore events that a script dispatches.
    if (!event.isTrusted || !field || !call(field, 'matches', FIELD) || closest(field, IGNORED))
      return undefined;
    const form = field.form ?? (closest(field, 'form') as HTMLFormElement | undefined);
    if (form && closest(form, IGNORED)) return undefined;
    listenTo(field.getRootNode());
    if (form) listenTo(call(form, 'getRootNode'));
    if (visit?.field !== field) {
      endVisit();
      visit = {
        field,
        form: form && selectorOf(form),
        since: clock(),
        changes: 0,
        isChanging: false,
      };
    }
    if (!form) return undefined;
    const form_field = nameOf(field);
    let startedForm = started.get(form);
    if (!startedForm && begin) {
      startedForm = newForm(form);
      started.set(form, startedForm);
      sink.track({ event: 'form_start', form: startedForm.form, form_field });
    }
    if (startedForm) startedForm.lastField = form_field;
    return startedForm;
  };

  const onInput = (event: Event) => {
    const form = enter(event, true);
    if (form) {
      form.changed.add(form.lastField);
      form.hasUnsentChanges = true;
    }
    if (visit && !visit.isChanging && visit.field === targetOf(event)) {
      visit.isChanging = true;
      visit.changes++;
    }
  };

  const onChange = (event: Event) => {
    if (!visit || visit.field !== targetOf(event)) return;
    visit.isChanging = false;
    // In Safari a click does not focus a checkbox, so no `focusout` will follow.
    if (!visit.field.matches(':focus')) endVisit();
  };

  const onSubmit = (event: Event) => {
    const form = targetOf(event) as HTMLFormElement | undefined;
    if (!form || closest(form, IGNORED)) return;
    endVisit();
    sink.track({ event: 'form_submit', ...summary(started.get(form) ?? newForm(form)) });
    started.delete(form);
  };

  // `change`, `submit` and focus moves within a shadow root are not visible outside it, so listen inside.
  const listenTo = (root: Node) => {
    if (listenedRoots.has(root)) return;
    listenedRoots.add(root);
    events.on(root, 'focusin', (event) => enter(event, false));
    events.on(root, 'focusout', endVisit);
    events.on(root, 'input', onInput);
    events.on(root, 'change', onChange);
    events.on(root, 'submit', onSubmit);
  };

  listenTo(document);
  const stop = sink.on('leave', () => {
    endVisit();
    for (const [form, startedForm] of started) {
      if (startedForm.hasUnsentChanges) {
        startedForm.hasUnsentChanges = false;
        sink.track({
          event: 'form_abandon',
          ...summary(startedForm),
          form_field: startedForm.lastField,
        });
      }
      if (!read(form, 'isConnected')) started.delete(form);
    }
  });
  return () => {
    events.end();
    stop();
  };
}

function newForm(form: HTMLFormElement): StartedForm {
  return {
    form: selectorOf(form),
    since: clock(),
    changed: new Set(),
    lastField: '',
    hasUnsentChanges: false,
  };
}

function summary({ form, since, changed }: StartedForm) {
  return { form, form_duration_ms: elapsed(since), fields_changed: changed.size };
}

function elapsed(since: number): number {
  return Math.round(clock() - since);
}

function nameOf({ name, id, type }: Field): string {
  return cut(name || id || type, 100);
}
