import { randomId } from '../random_id.ts';
import type { Capture, OwnSink } from '../types.ts';
import { quietly } from './quietly.ts';

export interface IdentityOptions {
  /**
   * Domain whose subdomains share the ids, `example.com`: they are then in the cookie `webtrack_identity` of the site's own.
   * Default: no cookie, but localStorage, which each origin has for itself. Either way they end 13 months after the last visit.
   */
  cookieDomain?: string;
  /** Minutes without an event of a page in sight, in any tab, after which a session is over. Default 30. */
  sessionMinutes?: number;
  /** Begins a new session when a page is entered with other `utm_…` parameters than the session had. Default false. */
  campaignSession?: boolean;
}

/** How old what is known of other tabs may be, and how late they hear of this one. */
const SYNC_MS = 5_000;
const KEY = 'webtrack identity';
/** 13 months after the last visit nothing is left of it, whatever it is kept in. */
const KEPT_SECONDS = 34_164_000;

/**
 * `visitor_id`, `session_id` and, once `tracker.identify()` was called on any page, `user_id` on every event. Without consent
 * nothing is stored, and when it is denied what was stored is erased. Where the browser stores nothing the ids
 * are those of the page. Put it ahead of plug-ins that record something as they start.
 */
export function identity(options: IdentityOptions = {}): Capture {
  const store = storeOf(options);
  return {
    name: 'identity',
    start: (sink) => startIdentity(sink, store, options),
    erase: () => quietly(() => store.write('')),
  };
}

/** Where the ids are kept, as one text. What either throws means that the browser keeps nothing. */
interface IdentityStore {
  read(): string | null | undefined;
  /** '' erases it. */
  write(text: string): void;
}

function storeOf({ cookieDomain }: IdentityOptions): IdentityStore {
  return cookieDomain
    ? {
        read: () => /(?:^|; )webtrack_identity=([^;]*)/.exec(document.cookie)?.[1],
        write(text) {
          const seconds = text ? KEPT_SECONDS : 0;
          const secure = location.protocol === 'https:' ? '; Secure' : '';
          // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is slower than a page that is left.
          document.cookie = `webtrack_identity=${text}; Domain=${cookieDomain}; Path=/; SameSite=Lax; Max-Age=${seconds}${secure}`;
        },
      }
    : {
        read: () => localStorage.getItem(KEY),
        write(text) {
          if (text) localStorage.setItem(KEY, text);
          else localStorage.removeItem(KEY);
        },
      };
}

function startIdentity(
  sink: OwnSink,
  store: IdentityStore,
  { sessionMinutes = 30, campaignSession }: IdentityOptions,
): () => void {
  /** Campaign in the page's address, until it has been compared with the session's. */
  let entered = campaignSession && String(location.search.match(/[?&]utm_[^&]+/g) ?? '');
  let visitor = '';
  let session = '';
  let user = '';
  let campaign = '';
  let fields: Readonly<Record<string, string>> = {};
  let isLeaving = false;
  /** Time of the last event in any tab, epoch milliseconds. */
  let last = 0;
  let synced = 0;
  /** What the page has said of the visitor, and waits for consent; and the user of it. */
  const changes: (() => void)[] = [];
  let said = '';
  /** What was stored when this tab last looked. */
  let seen: string | null | undefined;

  // Takes over what another tab has stored since, or that it has erased it. What could not be stored stands.
  const adopt = () => {
    let text: string | null | undefined;
    let parts: string[] = [];
    try {
      text = store.read();
      parts = (text as string).split('/').map(decodeURIComponent);
    } catch {
      // Nothing of ours is stored; or the browser lets nobody look.
    }
    if (visitor && text === seen) return;
    seen = text;
    last = Number(parts[4]) || 0;
    if (Date.now() - last > KEPT_SECONDS * 1_000) parts = [];
    [visitor = '', session = '', user = '', campaign = ''] = parts;
    visitor ||= randomId();
    session ||= randomId();
  };

  const save = () => {
    fields = { visitor_id: visitor, session_id: session, ...(user && { user_id: user }) };
    try {
      store.write([visitor, session, user, campaign, last].map(encodeURIComponent).join('/'));
      // A browser may refuse without a word.
      seen = store.read();
    } catch {
      // Or with one: then the ids are those of the page.
    }
  };

  const sync = () => {
    const now = Date.now();
    adopt();
    // A last event that is yet to come: the clock was put back.
    const isOver = Math.abs(now - last) > sessionMinutes * 60_000;
    entered ||= campaign;
    if (isOver || entered !== campaign) session = randomId();
    campaign = entered;
    entered = '';
    last = synced = now;
    save();
  };

  const change = (make?: () => void) => {
    if (make) changes.push(make);
    if (sink.consent === 'pending') return;
    sync();
    for (const apply of changes.splice(0)) apply();
    save();
  };

  const stops = [
    sink.enrich((hidden) => {
      // The tracker asks again for events that wait for consent.
      if (sink.consent === 'pending') return said ? { user_id: said } : {};
      // Nor does anybody visit a page that nobody sees.
      if (visitor && (isLeaving || hidden)) return fields;
      const now = Date.now();
      if (Math.abs(now - synced) >= SYNC_MS) sync();
      last = now;
      return fields;
    }),
    sink.on('leave', () => {
      // What is said of a visit that ends begins no other one.
      isLeaving = true;
      queueMicrotask(() => {
        isLeaving = false;
      });
      if (last <= synced || sink.consent === 'pending') return;
      adopt();
      save();
    }),
    sink.on('identify', (userId) => {
      said = userId;
      change(() => {
        user = userId;
      });
    }),
    sink.on('reset', () => {
      said = '';
      change(() => {
        visitor = randomId();
        session = randomId();
        user = '';
      });
    }),
    sink.on('granted', () => change()),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
