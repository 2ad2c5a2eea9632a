import type { Capture, OwnSink } from '../types.ts';
import { closest, dataOf, isMarked, selectorOf, targetOf, textOf } from './element.ts';
import { type Listening, listening } from './listening.ts';

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
  '7z apk avi csv dmg doc docx exe gz iso mov mp3 mp4 msi pdf pkg ppt pptx rar tar txt wav xls xlsx zip'.split(
    ' ',
  );

// `*|`: in a drawing it may be an `xlink:href`.
const LINK = ':is(a,area)[*|href]';
const CLICKABLE = `${LINK},button,summary,[type=submit],[type=button],[type=reset],[type=image],[role=button],[role=link],[role^=menuitem],[role=tab],[role=checkbox],[role=radio],[role=switch],[role=option]`;
/** Where quick clicks select a word or step a value. */
const FILLED_IN = 'input,textarea,select,[contenteditable]';
/** Where nothing has to change that we could see. */
const QUIET = 'input,[target],[aria-disabled=true]';
/** What may happen without a change of the document. */
const SIGNS = 'scroll focus blur submit invalid reset select toggle play pause'.split(' ');

const RAGE_MS = 1_000;
const RAGE_PX = 30;
const DEAD_MS = 2_500;

/** Records `click`, `rage_click` and `dead_click`. A label is no button: its field is what is clicked. */
export function clicks({
  dead = true,
  rage = true,
  downloads = DOWNLOADS,
}: ClicksOptions = {}): Capture {
  return {
    name: 'clicks',
    start(sink: OwnSink) {
      const events = listening();
      // Of a press, for the click that follows.
      let pressed: Element | undefined;
      let found: Element | undefined;
      const clickableOf = (target: Element) => {
        if (target !== pressed) found = closest(target, CLICKABLE);
        pressed = target;
        return found;
      };
      const series = rage ? rageClicks(sink) : undefined;
      const watch = dead ? deadClicks(sink, events, clickableOf) : undefined;
      const settle = () => {
        series?.end();
        watch?.end();
      };

      const heed = (event: MouseEvent) => {
        const target = targetOf(event);
        if (!target) return;
        // A script that clicks has done something.
        if (!event.isTrusted) return watch?.end();
        const isMain = event.type === 'click';
        const clickable = clickableOf(target);
        pressed = undefined;
        const link = clickable && closest(clickable, LINK);
        // The middle button opens a link, others do not.
        if (!isMain && !(link && event.button === 1)) return;
        const path = event.composedPath() as Element[];
        const marked = path.find((one) => one instanceof Element && isMarked(one));
        const element = clickable ?? marked;
        if (element && !clickable) {
          const { control } = (closest(target, 'label') ?? {}) as Partial<HTMLLabelElement>;
          // The browser clicks the label's field next.
          if (control && control !== target && element.contains(control)) return;
        }
        const { link_url, link_type } = (link && linkOf(link, downloads)) ?? {};
        if (element) {
          const text = textOf(element);
          sink.track({
            ...(marked && dataOf(marked)),
            event: 'click',
            element: selectorOf(element),
            element_tag: element.localName,
            ...(text && { element_text: text }),
            ...(link_url && { link_url }),
            ...(link_type && { link_type }),
          });
        }
        if (!isMain) return;
        // No `detail`: by the keyboard, which repeats a key that is held.
        if (event.detail && (clickable || !closest(target, FILLED_IN))) {
          series?.add(event, element ?? target);
        }
        if (clickable && (link_type ?? 'internal') === 'internal') {
          watch?.begin(event, clickable, link_url);
        }
      };
      events.on(globalThis, 'click', heed);
      events.on(globalThis, 'auxclick', heed);
      const stopLeave = sink.on('leave', settle);
      return () => {
        events.end();
        stopLeave();
        settle();
      };
    },
  };
}

function linkOf(link: Element, downloads: readonly string[]) {
  const { href } = link as HTMLAnchorElement | SVGAElement;
  // Unlike `new URL()` an anchor takes any address.
  const {
    href: link_url,
    host,
    pathname,
  } = typeof href === 'string'
    ? (link as HTMLAnchorElement)
    : Object.assign(document.createElement('a'), { href: href.baseVal });
  const ending = pathname.split('.').pop() as string;
  let link_type = /^(mailto|tel):/.exec(link_url)?.[1];
  if (!link_type) {
    if (link.hasAttribute('download') || downloads.includes(ending.toLowerCase())) {
      link_type = 'download';
    } else if (host) link_type = host === location.host ? 'internal' : 'outbound';
  }
  return { link_url, link_type };
}

/** Clicks on one spot, each within a second of the one before; of rage when any three of them were within one. */
function rageClicks(sink: OwnSink) {
  let clicks: MouseEvent[] = [];
  let element = '';
  let time = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    clearTimeout(waiting);
    if (element) sink.track({ event: 'rage_click', element, clicks: clicks.length }, { time });
    clicks = [];
    element = '';
  };
  const isSoonAfter = (click: MouseEvent | undefined, { timeStamp }: MouseEvent) =>
    click && timeStamp - click.timeStamp <= RAGE_MS;
  const isNear = (first: MouseEvent | undefined, { clientX, clientY }: MouseEvent) =>
    first && Math.hypot(clientX - first.clientX, clientY - first.clientY) <= RAGE_PX;
  return {
    end,
    add(click: MouseEvent, target: Element) {
      if (!isSoonAfter(clicks.at(-1), click) || !isNear(clicks[0], click)) {
        end();
        time = Date.now();
      }
      clicks.push(click);
      if (isSoonAfter(clicks.at(-3), click)) element ||= selectorOf(target);
      clearTimeout(waiting);
      waiting = setTimeout(end, RAGE_MS);
    },
  };
}

/**
 * Watches a click from when the button is pressed, as many menus open then, until something happens. Requests do not count:
 * nobody sees them. Of shadow roots only those around the click are seen.
 */
function deadClicks(
  sink: OwnSink,
  events: Listening,
  clickableOf: (target: Element) => Element | undefined,
) {
  let watched: Element | undefined;
  let isClicked = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    clearTimeout(waiting);
    observer.disconnect();
    watched = undefined;
    isClicked = false;
  };
  const observer = new MutationObserver(end);
  const observe = (event: Event, element: Element) => {
    end();
    watched = element;
    for (const node of event.composedPath()) {
      // Documents and shadow roots.
      if ('activeElement' in node) {
        observer.observe(node as Document, {
          subtree: true,
          childList: true,
          attributes: true,
          characterData: true,
        });
      }
    }
  };
  events.on(globalThis, 'pointerdown', (event) => {
    const target = targetOf(event);
    const element = target && clickableOf(target);
    if (element) observe(event, element);
  });
  // Before the click these come of the press itself.
  for (const type of SIGNS) {
    events.on(globalThis, type, () => {
      if (isClicked) end();
    });
  }
  events.on(globalThis, 'selectionchange', () => {
    if (isClicked && !getSelection()?.isCollapsed) end();
  });
  return {
    end,
    begin(event: MouseEvent, element: Element, url: string | undefined) {
      if (!event.detail) observe(event, element);
      if (watched !== element || element.matches(QUIET)) return end();
      const time = Date.now();
      const before = address();
      isClicked = true;
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        // Unless the page prevents it the browser follows a link, however long that takes.
        const isFollowed = url && !event.defaultPrevented && !/^javascript:|#$/.test(url);
        if (!isFollowed && address() === before) {
          sink.track({ event: 'dead_click', element: selectorOf(element) }, { time });
        }
        end();
      }, DEAD_MS);
    },
  };
}

/** Without a `#` that leads nowhere. */
const address = () => location.href.replace(/#$/, '');
