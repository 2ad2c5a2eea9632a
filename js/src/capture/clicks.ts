import type { ClickEvent } from '../events.ts';
import type { Capture, OwnSink } from '../types.ts';
import {
  closest,
  dataOf,
  isMarked,
  isMasked,
  nearest,
  selectorOf,
  targetOf,
  textOf,
} from './element.ts';
import { type Listening, listening } from './listening.ts';
import { quietly } from './quietly.ts';

export interface ClicksOptions {
  /** Records `dead_click`, for which changes of the document are observed after a click. Default true. */
  dead?: boolean;
  /** Records `rage_click`. Default true. */
  rage?: boolean;
  /**
   * File endings, lower case and without the dot, that make a link a `download` even without the attribute of that
   * name. A list replaces the default one: 7z, apk, avi, csv, dmg, doc, docx, exe, gz, iso, mov, mp3, mp4, msi, pdf, pkg,
   * ppt, pptx, rar, tar, txt, wav, xls, xlsx and zip.
   */
  downloads?: readonly string[];
}

const DOWNLOADS =
  '7z apk avi csv dmg doc docx exe gz iso mov mp3 mp4 msi pdf pkg ppt pptx rar tar txt wav xls xlsx zip';

// `*|`: in a drawing it may be an `xlink:href`.
const LINK = ':is(a,area)[*|href]';
const CLICKABLE = `${LINK},button,summary,[type=submit],[type=button],[type=reset],[type=image],[role=button],[role=link],[role^=menuitem],[role=tab],[role=checkbox],[role=radio],[role=switch],[role=option]`;
/** Where quick clicks select a word or step a value. */
const FILLED_IN = 'input,textarea,select,[contenteditable]';
/** Where nothing has to change that we could see. */
const QUIET = 'input,[target],[aria-disabled=true]';
/** What may happen without a change of the document. */
const SIGNS = 'scroll submit invalid reset select toggle play pause';

const RAGE_MS = 1_000;
const RAGE_PX = 30;
const DEAD_MS = 2_500;

/** An element that is pressed, and what of it is recorded when it is clicked. */
interface Described {
  clickable: Element | undefined;
  /** Of a link. */
  url: string | undefined;
  type: string | undefined;
  /** None when it is nothing to record. */
  click: ClickEvent | undefined;
}

/** From a press on, until something happens. */
interface Watch {
  /** Of the page, as the click found it. */
  address?: string;
  focused?: Element | null;
}

/** A click of which is to be seen what it means. */
interface Clicked extends Described {
  event: MouseEvent;
  target: Element;
  time: number;
  watch: Watch | undefined;
}

/**
 * Records `click`, `rage_click` and `dead_click`. A label is no button: its field is what is clicked. What is clicked is
 * described while the button is still down, and what came of it is looked at in idle time: a click itself is not held up.
 */
export function clicks({
  dead = true,
  rage = true,
  downloads = DOWNLOADS.split(' '),
}: ClicksOptions = {}): Capture {
  return {
    name: 'clicks',
    start(sink: OwnSink) {
      const events = listening();
      let pressed: Element | undefined;
      let described: Described | undefined;
      let describing: ReturnType<typeof setTimeout> | undefined;
      const waiting: Clicked[] = [];
      const series = rage ? rageClicks(sink, () => lookAtAll()) : undefined;
      const watch = dead ? deadClicks(sink, events) : undefined;

      const lookAt = (clicked: Clicked) => {
        const { event, target, clickable } = clicked;
        // No `detail`: by the keyboard, which repeats a key that is held.
        if (event.detail && (clickable || !closest(target, FILLED_IN))) series?.add(clicked);
        watch?.begin(clicked);
      };
      const lookAtAll = () => {
        for (const clicked of waiting.splice(0)) quietly(() => lookAt(clicked));
      };
      const settle = () => {
        lookAtAll();
        series?.end();
        watch?.end();
      };

      const heed = (event: MouseEvent) => {
        const target = targetOf(event);
        if (!target) return;
        // A script that clicks has done something.
        if (!event.isTrusted) return watch?.end();
        const isMain = event.type === 'click';
        // Without `detail` it is one by the keyboard.
        const isPressed = event.detail > 0 && target === pressed;
        const known = (isPressed && described) || describe(target, downloads);
        pressed = described = undefined;
        const time = Date.now();
        // The middle button opens a link, others do not.
        if (known.click && (isMain || (known.url && event.button === 1))) {
          sink.track(known.click, { time });
        }
        if (!isMain) return;
        waiting.push({ ...known, event, target, time, watch: watch?.click(event, target) });
        if (waiting.length === 1) sink.whenIdle(lookAtAll);
      };
      events.on(globalThis, 'pointerdown', (event) => {
        pressed = targetOf(event);
        described = undefined;
        if (!pressed) return;
        watch?.press(pressed);
        clearTimeout(describing);
        describing = setTimeout(quietly, 0, () => {
          if (pressed) described = describe(pressed, downloads);
        });
      });
      events.on(globalThis, 'click', heed);
      events.on(globalThis, 'auxclick', heed);
      const stopLeave = sink.on('leave', settle);
      return () => {
        events.end();
        stopLeave();
        clearTimeout(describing);
        settle();
      };
    },
  };
}

function describe(target: Element, downloads: readonly string[]): Described {
  const clickable = closest(target, CLICKABLE);
  const marked = nearest(target, isMarked);
  const link = clickable && closest(clickable, LINK);
  const { url, type } = link ? linkOf(link, downloads) : {};
  let element = clickable ?? marked;
  if (element && !clickable) {
    const { control } = (closest(target, 'label') ?? {}) as Partial<HTMLLabelElement>;
    // The browser clicks the label's field next.
    if (control && control !== target && element.contains(control)) element = undefined;
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
      element_tag: element.localName,
      ...(text && { element_text: text }),
      ...(link && url && !isMasked(link) && { link_url: url }),
      ...(type && { link_type: type }),
    },
  };
}

function linkOf(link: Element, downloads: readonly string[]) {
  const { href } = link as HTMLAnchorElement | SVGAElement;
  // Unlike `new URL()` an anchor takes any address.
  const {
    href: url,
    host,
    pathname,
  } = typeof href === 'string'
    ? (link as HTMLAnchorElement)
    : Object.assign(document.createElement('a'), { href: href.baseVal });
  const ending = pathname.split('.').pop() as string;
  let type = /^(mailto|tel):/.exec(url)?.[1];
  if (!type) {
    if (link.hasAttribute('download') || downloads.includes(ending.toLowerCase())) {
      type = 'download';
    } else if (host) type = host === location.host ? 'internal' : 'outbound';
  }
  return { url, type };
}

/** Clicks on one spot, each within a second of the one before; of rage when any three of them were within one. */
function rageClicks(sink: OwnSink, lookAtAll: () => void) {
  let clicks: MouseEvent[] = [];
  let element = '';
  let since = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    clearTimeout(waiting);
    if (element) {
      sink.track({ event: 'rage_click', element, clicks: clicks.length }, { time: since });
    }
    clicks = [];
    element = '';
  };
  const isSoonAfter = (click: MouseEvent | undefined, { timeStamp }: MouseEvent) =>
    click && timeStamp - click.timeStamp <= RAGE_MS;
  const isNear = (first: MouseEvent | undefined, { clientX, clientY }: MouseEvent) =>
    first && Math.hypot(clientX - first.clientX, clientY - first.clientY) <= RAGE_PX;
  return {
    end,
    add({ event, target, time, click }: Clicked) {
      if (!isSoonAfter(clicks.at(-1), event) || !isNear(clicks[0], event)) {
        end();
        since = time;
      }
      clicks.push(event);
      if (isSoonAfter(clicks.at(-3), event)) element ||= click?.element ?? selectorOf(target);
      clearTimeout(waiting);
      waiting = setTimeout(
        () => {
          const count = clicks.length;
          // More of them may wait for idle time.
          lookAtAll();
          if (clicks.length === count) end();
        },
        RAGE_MS - (Date.now() - time),
      );
    },
  };
}

const CHANGES = { subtree: true, childList: true, attributes: true, characterData: true };

/**
 * Watches a click from when the button is pressed, as many menus open then, until something happens. Requests do not count:
 * nobody sees them. Of shadow roots only those around the click are seen; of what a script sets without a change of
 * the document, such as a field's value or what is drawn on a canvas, nothing is.
 */
function deadClicks(sink: OwnSink, events: Listening) {
  let observer: MutationObserver | undefined;
  let watch: Watch | undefined;
  let isClicked = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    if (!watch) return;
    clearTimeout(waiting);
    observer?.disconnect();
    watch = undefined;
    isClicked = false;
  };
  const press = (target: Element) => {
    end();
    watch = {};
    observer ??= listen();
    observer.observe(document, CHANGES);
    for (let root = target.getRootNode(); root instanceof ShadowRoot; ) {
      observer.observe(root, CHANGES);
      root = root.host.getRootNode();
    }
  };
  // Before the click these come of the press itself.
  const happened = () => {
    if (isClicked) end();
  };
  // At the first press: nothing happens before, and a page that loads has other things to do.
  const listen = () => {
    for (const type of SIGNS.split(' ')) events.on(globalThis, type, happened);
    // Of the window itself: another one, also for a moment.
    events.on(globalThis, 'blur', happened, false);
    events.on(globalThis, 'selectionchange', () => {
      if (isClicked && !getSelection()?.isCollapsed) end();
    });
    return new MutationObserver(end);
  };
  return {
    end,
    press,
    /** Answers what to begin with, unless something has happened already. */
    click(event: MouseEvent, target: Element) {
      // By the keyboard.
      if (!event.detail) press(target);
      if (!watch) return undefined;
      isClicked = true;
      watch.address = location.href;
      watch.focused = document.activeElement;
      return watch;
    },
    begin({ event, time, clickable, url, type = 'internal', click, watch: begun }: Clicked) {
      if (!begun || begun !== watch) return;
      if (!clickable || !click || type !== 'internal' || clickable.matches(QUIET)) return end();
      clearTimeout(waiting);
      waiting = setTimeout(
        () => {
          // Unless the page prevents it the browser follows a link, however long that takes.
          const isFollowed = url && !event.defaultPrevented && !/^javascript:|#$/.test(url);
          const isFocused = document.activeElement !== begun.focused;
          if (
            !isFollowed &&
            !isFocused &&
            withoutEnd(location.href) === withoutEnd(begun.address)
          ) {
            sink.track({ event: 'dead_click', element: click.element }, { time });
          }
          end();
        },
        DEAD_MS - (Date.now() - time),
      );
    },
  };
}

/** Without a `#` that leads nowhere. */
const withoutEnd = (address = '') => address.replace(/#$/, '');
