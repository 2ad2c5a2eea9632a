import { call, read } from '../dom.ts';
import type { ClickEvent } from '../events.ts';
import { ignoreErrors } from '../ignore_errors.ts';
import { bare, clearTimeout, clock, original, setTimeout, wallClock } from '../natives.ts';
import type { Capture, OwnSink } from '../types.ts';
import {
  closest,
  dataOf,
  hostOf,
  isMarked,
  isMasked,
  nearest,
  selectorOf,
  targetOf,
  textOf,
} from './element.ts';
import { type Listening, listening } from './listening.ts';

export interface ClicksOptions {
  /** Records `dead_click`. To do so, it observes changes of the document after a click. Default true. */
  dead?: boolean;
  /** Records `rage_click`. Default true. */
  rage?: boolean;
  /**
   * File extensions, in lower case and without the dot, that make a link a `download` even without the attribute
   * `download`. Replaces the default: 7z, apk, avi, csv, dmg, doc, docx, exe, gz, iso, mov, mp3, mp4, msi, pdf, pkg,
   * ppt, pptx, rar, tar, txt, wav, xls, xlsx and zip.
   */
  downloads?: readonly string[];
}

const DOWNLOADS =
  '7z apk avi csv dmg doc docx exe gz iso mov mp3 mp4 msi pdf pkg ppt pptx rar tar txt wav xls xlsx zip';

// `*|` also matches `xlink:href` in SVG.
const LINK = ':is(a,area)[*|href]';
const CLICKABLE = `${LINK},button,summary,[type=submit],[type=button],[type=reset],[type=image],[role=button],[role=link],[role^=menuitem],[role=tab],[role=checkbox],[role=radio],[role=switch],[role=option]`;
/** Here quick clicks select a word or step a value, so they are no rage clicks. */
const EDITABLE = 'input,textarea,select,[contenteditable]';
/** Who clicks into one of these wants to fill it in, which `forms()` records. */
const TEXT_FIELD =
  'input:not([type=checkbox],[type=radio],[type=range],[type=color],[type=file]),textarea,select,[contenteditable]';
/** A click on these may work without a change that we can observe. */
const MAY_SHOW_NO_CHANGE = 'input,[target],[aria-disabled=true]';
/** Events that show an effect of a click although the document does not change. */
const EFFECT_EVENTS = 'scroll submit invalid reset select toggle play pause';

const RAGE_MS = 1_000;
const RAGE_PX = 30;
const DEAD_MS = 2_500;

/** A pressed element, and what a click on it records. */
interface Described {
  clickable: Element | undefined;
  /** Address and type of a link. */
  url: string | undefined;
  type: string | undefined;
  /** The event to record on a click; undefined if the element is neither clickable nor marked. */
  click: ClickEvent | undefined;
}

/** State from the press of a button until something happens. */
interface Watch {
  /** The page's address and focus at the time of the click. */
  address?: string;
  focused?: Element | null;
  /** Something has happened. */
  hasEffect?: true;
}

/** A click whose effect is not known yet. */
interface PendingClick extends Described {
  event: MouseEvent;
  target: Element;
  /** Epoch milliseconds. */
  time: number;
  /** The same moment by the clock that never jumps. */
  at: number;
  /** Undefined with the option `dead: false`. */
  watch: Watch | undefined;
}

/**
 * Records `click`, `rage_click` and `dead_click`. After a click on a label, the browser clicks the label's field: only
 * that second click counts. To delay no click, the element is described while the mouse button is still down, and the
 * effect is examined in idle time.
 */
export function clicks(options: ClicksOptions = {}): Capture {
  const { dead = true, rage = true, downloads = DOWNLOADS.split(' ') } = bare(options);
  return { name: 'clicks', start: (sink) => startClicks(sink, { dead, rage, downloads }) };
}

function startClicks(sink: OwnSink, { dead, rage, downloads }: Required<ClicksOptions>) {
  const events = listening();
  const waiting: PendingClick[] = [];
  const rageSeries = rage ? rageClicks(sink, () => evaluateAll()) : undefined;
  const watch = dead ? deadClicks(sink, events) : undefined;
  const press = describePresses(events, downloads, (target) => watch?.press(target));

  const evaluate = (clicked: PendingClick) => {
    const { event, target, clickable } = clicked;
    // Without `detail`, the click comes from the keyboard, which repeats a held key: that is no rage.
    if (event.detail && (clickable || !closest(target, EDITABLE))) rageSeries?.add(clicked);
    watch?.begin(clicked);
  };
  const evaluateAll = () => {
    for (const clicked of waiting.splice(0)) ignoreErrors(() => evaluate(clicked));
  };
  const finish = () => {
    evaluateAll();
    rageSeries?.end();
    watch?.end();
  };
  const onClick = (event: MouseEvent) => {
    const target = targetOf(event);
    if (!target) return;
    // A script clicks: the visitor's click had an effect.
    if (!event.isTrusted) return watch?.end();
    const isMain = event.type === 'click';
    const { isPressed, described } = press.take(target);
    // A click by the keyboard has no `detail`.
    const known = (event.detail > 0 && described) || describe(target, downloads, isPressed);
    const time = wallClock();
    // An `auxclick` of the middle button opens a link; other buttons do nothing.
    if (known.click && (isMain || (known.url && event.button === 1))) {
      sink.track(known.click, { time });
    }
    if (!isMain) return;
    waiting.push({
      ...known,
      event,
      target,
      time,
      at: clock(),
      watch: watch?.click(event, target),
    });
    if (waiting.length === 1) sink.whenIdle(evaluateAll);
  };
  events.on(globalThis, 'click', onClick);
  events.on(globalThis, 'auxclick', onClick);
  const stopLeave = sink.on('leave', finish);
  return () => {
    events.end();
    stopLeave();
    press.end();
    finish();
  };
}

// Describes each pressed element soon after the press.
function describePresses(
  events: Listening,
  downloads: readonly string[],
  onPress: (target: Element) => void,
) {
  let pressed: Element | undefined;
  let described: Described | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => clearTimeout(timer);
  events.on(globalThis, 'pointerdown', (event) => {
    pressed = targetOf(event);
    described = undefined;
    if (!pressed) return;
    onPress(pressed);
    end();
    timer = setTimeout(ignoreErrors, 0, () => {
      if (pressed) described = describe(pressed, downloads, true);
    });
  });
  return {
    end,
    /** Whether this element was pressed last, and its description if there is one by now. The next call has none. */
    take(target: Element) {
      const isPressed = target === pressed;
      const found = { isPressed, described: isPressed ? described : undefined };
      pressed = described = undefined;
      return found;
    },
  };
}

// `isPressed`: the visitor pressed the element itself, and not its label.
function describe(target: Element, downloads: readonly string[], isPressed: boolean): Described {
  const clickable = closest(target, CLICKABLE);
  const field = isPressed && !clickable && closest(target, TEXT_FIELD);
  const marked = field ? (isMarked(field) ? field : undefined) : nearest(target, isMarked);
  const link = clickable && closest(clickable, LINK);
  const { url, type } = link ? linkOf(link, downloads) : {};
  let element = clickable ?? marked;
  if (element && !clickable) {
    const { control } = (closest(target, 'label') ?? {}) as Partial<HTMLLabelElement>;
    // The browser clicks the label's field next: that click counts.
    if (control && control !== target && call(element, 'contains', control)) element = undefined;
  }
  const text = element && textOf(element);
  return {
    clickable,
    url,
    type,
    click: element && {
      ...(marked && dataOf(marked)),
      event: 'click',
      element: selectorOf(element),
      element_tag: read(element, 'localName'),
      ...(text && { element_text: text }),
      ...(link && url && !isMasked(link) && { link_url: url }),
      ...(type && { link_type: type }),
    },
  };
}

function linkOf(link: Element, downloads: readonly string[]) {
  const { href } = link as HTMLAnchorElement | SVGAElement;
  // Unlike `new URL()`, an anchor accepts any address.
  const {
    href: url,
    host,
    pathname,
  } = typeof href === 'string'
    ? (link as HTMLAnchorElement)
    : Object.assign(call(document, 'createElement', 'a') as HTMLAnchorElement, {
        href: href.baseVal,
      });
  const ending = pathname.split('.').pop() as string;
  let type = /^(mailto|tel):/.exec(url)?.[1];
  if (!type) {
    if (call(link, 'hasAttribute', 'download') || downloads.includes(ending.toLowerCase())) {
      type = 'download';
    } else if (host) type = host === location.host ? 'internal' : 'outbound';
  }
  return { url, type };
}

/**
 * Collects clicks on one spot, each within a second of the one before. Three within one second are a rage click, unless
 * each click changed something, as on a stepper.
 */
function rageClicks(sink: OwnSink, evaluateAll: () => void) {
  let clicks: PendingClick[] = [];
  let element = '';
  let since = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    clearTimeout(timer);
    if (element && !clicks.every(({ watch }) => watch?.hasEffect)) {
      sink.track({ event: 'rage_click', element, clicks: clicks.length }, { time: since });
    }
    clicks = [];
    element = '';
  };
  const isSoonAfter = (click: PendingClick | undefined, { timeStamp }: MouseEvent) =>
    click && timeStamp - click.event.timeStamp <= RAGE_MS;
  const isNear = (first: PendingClick | undefined, { clientX, clientY }: MouseEvent) =>
    first && Math.hypot(clientX - first.event.clientX, clientY - first.event.clientY) <= RAGE_PX;
  return {
    end,
    add(clicked: PendingClick) {
      const { event, target, time, at, click } = clicked;
      if (!isSoonAfter(clicks.at(-1), event) || !isNear(clicks[0], event)) {
        end();
        since = time;
      }
      clicks.push(clicked);
      if (isSoonAfter(clicks.at(-3), event)) element ||= click?.element ?? selectorOf(target);
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          const count = clicks.length;
          // More clicks of this series may still wait for idle time.
          evaluateAll();
          if (clicks.length === count) end();
        },
        RAGE_MS - (clock() - at),
      );
    },
  };
}

const CHANGES = bare({ subtree: true, childList: true, attributes: true, characterData: true });

// Called at the first press: nothing is needed earlier, and a loading page is busy.
function listenForEffects(
  events: Listening,
  onEffect: () => void,
  onChange: () => void,
): MutationObserver {
  for (const type of EFFECT_EVENTS.split(' ')) events.on(globalThis, type, onEffect);
  // The window loses the focus: the click opened another window, if only for a moment.
  events.on(globalThis, 'blur', onEffect, false);
  events.on(globalThis, 'selectionchange', () => {
    if (!call(document, 'getSelection')?.isCollapsed) onEffect();
  });
  return new (original(globalThis, 'MutationObserver'))(onChange);
}

function observeRoots(observer: MutationObserver, target: Element): void {
  observer.observe(document, CHANGES);
  let root = call(target, 'getRootNode');
  for (let host = hostOf(root); host; host = hostOf(root)) {
    observer.observe(root, CHANGES);
    root = call(host, 'getRootNode');
  }
}

/**
 * Watches a click from the press of the button, because many menus open on it, until something happens. Requests do not
 * count, since the visitor does not see them. Shadow roots are observed only if they contain the click. Effects that do
 * not change the document, such as a new value of a field or a drawing on a canvas, go unnoticed.
 */
function deadClicks(sink: OwnSink, events: Listening) {
  let observer: MutationObserver | undefined;
  let watch: Watch | undefined;
  /** The watch of the last press; it may have ended. */
  let latest: Watch | undefined;
  let isClicked = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    if (!watch) return;
    clearTimeout(timer);
    observer?.disconnect();
    watch = undefined;
    isClicked = false;
  };
  const press = (target: Element) => {
    end();
    watch = latest = {};
    observer ??= listenForEffects(events, onEffect, onChange);
    observeRoots(observer, target);
  };
  const onChange = () => {
    if (watch) watch.hasEffect = true;
    end();
  };
  // Events before the click belong to the press itself.
  const onEffect = () => {
    if (isClicked) onChange();
  };
  return {
    end,
    press,
    /** Returns the watch to pass to `begin`. It has ended if something has happened already. */
    click(event: MouseEvent, target: Element) {
      // A click by the keyboard has no press before it.
      if (!event.detail) press(target);
      if (watch) {
        isClicked = true;
        watch.address = location.href;
        watch.focused = read(document, 'activeElement');
      }
      return latest;
    },
    begin(clicked: PendingClick) {
      const { event, at, time, clickable, url, type = 'internal', click, watch: begun } = clicked;
      if (!begun || begun !== watch) return;
      if (!click || type !== 'internal' || mayShowNoChange(clickable)) return end();
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          if (!isFollowed(url, event) && isUnchanged(begun)) {
            sink.track({ event: 'dead_click', element: click.element }, { time });
          }
          end();
        },
        DEAD_MS - (clock() - at),
      );
    },
  };
}

// Whether a click on the element may work without a change that we can observe.
const mayShowNoChange = (clickable: Element | undefined) =>
  !clickable || call(clickable, 'matches', MAY_SHOW_NO_CHANGE);

// The browser follows a link unless the page prevents it, and may take longer than we wait.
const isFollowed = (url: string | undefined, event: MouseEvent) =>
  url && !event.defaultPrevented && !/^javascript:|#$/.test(url);

const isUnchanged = ({ address, focused }: Watch) =>
  read(document, 'activeElement') === focused &&
  withoutEmptyHash(location.href) === withoutEmptyHash(address);

/** Removes an empty `#` at the end. */
const withoutEmptyHash = (address = '') => address.replace(/#$/, '');
