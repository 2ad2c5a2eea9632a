import { read } from '../dom.ts';
import { ignoreErrors } from '../ignore_errors.ts';
import { bare, queueMicrotask, wallClock } from '../natives.ts';
import { secretId } from '../random_id.ts';
import { cut, wellFormed } from '../text.ts';
import type { Capture, OwnSink } from '../types.ts';

export interface IdentityOptions {
  /**
   * Domain whose subdomains share the ids, such as `example.com`. The ids are then kept in the first-party cookie
   * `webtrack_identity`. Default: no cookie, but the localStorage of each origin. Both expire 13 months after the last
   * visit.
   */
  cookieDomain?: string;
  /** A session ends after this many minutes without an event of a visible page in any tab. Default 30. */
  sessionMinutes?: number;
  /** Starts a new session when the visitor enters a page with other `utm_…` parameters than before. Default false. */
  campaignSession?: boolean;
}

/** Tabs share their state at most this often, so one tab may lag behind another by this time. */
const SYNC_MS = 5_000;
const KEY = 'webtrack identity';
/** A longer text was not written by this library. */
const MAX_TEXT = 20_000;
/** Most characters of a user id or a campaign that are kept. */
const MAX_PART = 1_000;
/** 13 months: the ids expire this long after the last visit, in the cookie as in localStorage. */
const KEPT_SECONDS = 34_164_000;

/**
 * Adds `visitor_id` and `session_id` to every event, and `user_id` after `tracker.identify()` was called on any page.
 * While consent is pending, nothing is stored. When consent is denied, the stored ids are erased. If the browser
 * refuses storage, the ids last as long as the page. List it before plug-ins that record events as they start.
 */
export function identity(given: IdentityOptions = {}): Capture {
  const options = bare(given);
  const store = storeOf(options);
  return {
    name: 'identity',
    start: (sink) => startIdentity(sink, store, options),
    erase: () => ignoreErrors(() => store.write('')),
  };
}

/** Keeps the ids as one text. Both methods throw if the browser refuses storage. */
interface IdentityStore {
  read(): string | null | undefined;
  /** '' erases the ids. */
  write(text: string): void;
}

function storeOf({ cookieDomain }: IdentityOptions): IdentityStore {
  return cookieDomain
    ? {
        read: () => /(?:^|; )webtrack_identity=([^;]*)/.exec(read(document, 'cookie'))?.[1],
        write(text) {
          const seconds = text ? KEPT_SECONDS : 0;
          const secure = location.protocol === 'https:' ? '; Secure' : '';
          // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous, too late on exit.
          document.cookie = `webtrack_identity=${text}; Domain=${cookieDomain}; Path=/; SameSite=Lax; Max-Age=${seconds}${secure}`;
        },
      }
    : {
        read: () => globalThis.localStorage.getItem(KEY),
        write(text) {
          if (text) globalThis.localStorage.setItem(KEY, text);
          else globalThis.localStorage.removeItem(KEY);
        },
      };
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a class is larger on the wire, see docs/decisions.md.
function startIdentity(
  sink: OwnSink,
  store: IdentityStore,
  { sessionMinutes = 30, campaignSession }: IdentityOptions,
): () => void {
  /** Campaign in the page's address; '' after it was compared with the session's campaign. */
  let enteredCampaign =
    campaignSession && cut(String(location.search.match(/[?&]utm_[^&]+/g) ?? ''), MAX_PART);
  let visitor = '';
  let session = '';
  let user = '';
  let campaign = '';
  let fields: Readonly<Record<string, string>> = {};
  let isLeaving = false;
  /** Time of the last event in any tab, in epoch milliseconds. */
  let lastEvent = 0;
  let lastSync = 0;
  /** Calls of `identify()` and `reset()` that wait for consent, and the user that they set. */
  const pendingChanges: (() => void)[] = [];
  let pendingUser = '';
  /** The stored text when this tab last read or wrote it. */
  let lastRead: string | null | undefined;

  // Takes over what another tab has stored or erased since. If this tab could not store its ids, it keeps them.
  const load = () => {
    let text: string | null | undefined;
    let parts: string[] = [];
    try {
      text = store.read();
      // Other scripts of the origin can write it.
      if ((text as string).length <= MAX_TEXT)
        parts = (text as string).split('/', 5).map(decodeURIComponent);
    } catch {
      // Nothing valid is stored, or the browser refuses access.
    }
    if (visitor && text === lastRead) return;
    lastRead = text;
    lastEvent = Number(parts[4]) || 0;
    if (wallClock() - lastEvent > KEPT_SECONDS * 1_000) parts = [];
    [visitor = '', session = '', user = '', campaign = ''] = parts;
    visitor ||= secretId();
    session ||= secretId();
  };

  const save = () => {
    fields = { visitor_id: visitor, session_id: session, ...(user && { user_id: user }) };
    try {
      store.write([visitor, session, user, campaign, lastEvent].map(encodeURIComponent).join('/'));
      // Read it back: a browser may refuse silently.
      lastRead = store.read();
    } catch {
      // A browser that refuses with an error: the ids last as long as the page.
    }
  };

  const sync = () => {
    const now = wallClock();
    load();
    // The absolute value, because the clock may have been set back.
    const isOver = Math.abs(now - lastEvent) > sessionMinutes * 60_000;
    enteredCampaign ||= campaign;
    if (isOver || enteredCampaign !== campaign) session = secretId();
    campaign = enteredCampaign;
    enteredCampaign = '';
    lastEvent = lastSync = now;
    save();
  };

  const change = (pendingChange?: () => void) => {
    if (pendingChange) pendingChanges.push(pendingChange);
    if (sink.consent === 'pending') return;
    sync();
    for (const apply of pendingChanges.splice(0)) apply();
    save();
  };

  const stops = [
    sink.enrich((hidden) => {
      // The tracker calls this again when it records the events that wait for consent.
      if (sink.consent === 'pending') return pendingUser ? { user_id: pendingUser } : {};
      // A hidden page, or one that is left, does not extend a session.
      if (visitor && (isLeaving || hidden)) return fields;
      const now = wallClock();
      if (Math.abs(now - lastSync) >= SYNC_MS) sync();
      lastEvent = now;
      return fields;
    }),
    sink.on('leave', () => {
      // The last events of a visit must not start a new session.
      isLeaving = true;
      // Once the events are sent: a page that is left may have no time for more.
      queueMicrotask(() => {
        isLeaving = false;
        if (lastEvent <= lastSync || sink.consent !== 'granted') return;
        load();
        save();
      });
    }),
    sink.on('identify', (userId) => {
      pendingUser = userId;
      change(() => {
        user = wellFormed(cut(userId, MAX_PART));
      });
    }),
    sink.on('reset', () => {
      pendingUser = '';
      change(() => {
        visitor = secretId();
        session = secretId();
        user = '';
      });
    }),
    sink.on('granted', () => change()),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
