// The events that the library records by itself, and their fields: version 1 of the schema. SCHEMA.md is made from this
// file. Names are snake_case and never change their meaning; the name of a number ends with its unit.

import type {
  ErrorEvent,
  LongTaskEvent,
  ReportEvent,
  RequestEvent,
  ResourceErrorEvent,
  ResourceEvent,
  WebVitalEvent,
} from './technical_events.ts';

export type * from './technical_events.ts';

/** Fields of every event, whether the library or the page records it. */
export interface CommonFields {
  /** Kind of event; the page chooses the names of its own events. */
  event: string;
  /** When the event happened, epoch milliseconds; the option `timeField` renames this field. */
  ts: number;
  /** Number of the event in this page's tracker, from 0; the option `seqField` renames this field. */
  seq: number;
  /** Id of this load of the page; together with `seq` it identifies the event. */
  page_load_id: string;
  /** Address of the view that the event belongs to (with `pageViews()`). */
  page_url?: string;
  /** Number of that view in this page load, from 0 (with `pageViews()`). */
  view_seq?: number;
  /**
   * Id of this browser on this origin or `cookieDomain` (an option), until 13 months after the last visit, `reset()`,
   * denied consent, or until the storage is cleared (with `identity()`).
   */
  visitor_id?: string;
  /**
   * Id of the session (with `identity()`). A session ends after 30 minutes (the option `sessionMinutes`) without an
   * event of a visible page, on `tracker.reset()`, and by option when another campaign begins.
   */
  session_id?: string;
  /** The id that the page passed to `identify()`. */
  user_id?: string;
}

/**
 * Tags that `context()` adds to every batch (`__tag__:user_agent` and so on in the store). They are read soon after the
 * page begins to load, or when the visitor gives consent. Values that the browser does not reveal are left out.
 */
export interface ContextTags {
  /** Version of this library. */
  library_version: string;
  /** User agent; like the other texts here at most 200 characters. */
  user_agent?: string | undefined;
  /** Client hints: brands and their major versions, `Chromium 140, …`. */
  ua_brands?: string | undefined;
  /** Client hints: whether the device is a phone. */
  ua_mobile?: boolean | undefined;
  /** Client hints: operating system. */
  ua_platform?: string | undefined;
  /** Languages that the visitor prefers, the most preferred first. */
  languages?: string | undefined;
  /** Size of the screen, CSS pixels: `1920x1080`. */
  screen_px?: string | undefined;
  /** Physical pixels per CSS pixel. */
  device_pixel_ratio?: number | undefined;
  /** Size of the page's area in the window, CSS pixels; left out on phones, where it is the whole window. */
  viewport_px?: string | undefined;
  /** Size of the window, CSS pixels. */
  window_px?: string | undefined;
  /** IANA name of the time zone. */
  time_zone?: string | undefined;
  /** Network Information: `4g`, `3g`, `2g` or `slow-2g`. */
  connection_type?: string | undefined;
}

/**
 * Recorded by `pageViews()`: a page was shown. `ts` is when the navigation began; the event is recorded up to 1 s
 * later, when the title is known.
 */
export interface PageViewEvent {
  event: 'page_view';
  /**
   * Address of the page. The fragment is kept only if it is a route (`#/…`). As in every field whose name ends with
   * `_url`, only the parameters of the option `urlParams` are kept.
   */
  page_url: string;
  /** Title of the document once the navigation has settled. */
  page_title: string;
  /** Where the visitor came from: another document, or the previous view in the same document. */
  referrer_url?: string;
  /**
   * How the page came to be shown. For a document: `navigate`, `reload`, `back_forward`, `prerender` (recorded when the
   * page is activated) or `restore` (from the back/forward cache). Within a document: `push`, `replace`, `traverse` or
   * `hash`.
   */
  navigation_type: string;
  /** Fragment of the address; only with the option `hash`. */
  page_fragment?: string;
  /** Source of the campaign. This and the next six fields come from the parameters of the address. */
  utm_source?: string;
  /** Medium of the campaign. */
  utm_medium?: string;
  /** Name of the campaign. */
  utm_campaign?: string;
  /** Search term that was paid for. */
  utm_term?: string;
  /** Which of the campaign's links or ads was used. */
  utm_content?: string;
  /** Id that an advertiser gave to the click that led here. */
  click_id?: string;
  /** Parameter that held the click id: `gclid`, `fbclid`, … */
  click_id_type?: string;
}

/**
 * Recorded by `pageViews()`: the page, or a view within it, was hidden or left. A view that the visitor returns to has
 * several of these; use the last one.
 */
export interface PageLeaveEvent {
  event: 'page_leave';
  /** Address of the view that ends. */
  page_url: string;
  /** Milliseconds from the view's beginning to its end, visible or not. */
  view_duration_ms: number;
  /**
   * How far down the view was seen, in percent of the document's height; missing if the view was left before this was
   * measured.
   */
  scroll_max_percent?: number;
}

/**
 * Recorded by `clicks()`: a link, a button or an element with `data-track-*` attributes was clicked, or activated by
 * the keyboard.
 */
export interface ClickEvent {
  event: 'click';
  /** Short selector of the link or button, or else of the element with `data-track-*`; the same from visit to visit. */
  element: string;
  /** Tag name of the element. */
  element_tag: string;
  /**
   * Visible text or label of the element, at most 100 characters; never what a visitor typed or chose, and never masked
   * text.
   */
  element_text?: string | undefined;
  /** Address that the link leads to. */
  link_url?: string | undefined;
  /**
   * `internal`, `outbound` (another host), `download` (the link has the attribute `download` or ends like a file to
   * download), `mailto` or `tel`; missing for other schemes.
   */
  link_type?: string | undefined;
  /**
   * `data-track-*` attributes of the element, or of its closest ancestor that has any: `data-track-product-id` becomes
   * `product_id`.
   */
  [attribute: string]: unknown;
}

/**
 * Recorded by `clicks()`: the same spot was clicked three times or more within a second, and not each click changed the
 * page. `ts` is the time of the first click.
 */
export interface RageClickEvent {
  event: 'rage_click';
  /** Short selector of the link, button or element with `data-track-*`, or else of the element at that spot. */
  element: string;
  /** Number of clicks until a second passed without one. */
  clicks: number;
}

/**
 * Recorded by `clicks()`: for 2.5 seconds after a click on a link or a button nothing changed. `ts` is the time of the
 * click.
 */
export interface DeadClickEvent {
  event: 'dead_click';
  /** Short selector of the clicked element. */
  element: string;
}

/** Recorded by `forms()`: a visitor began to fill in a form. */
export interface FormStartEvent {
  event: 'form_start';
  /** Short selector of the form. */
  form: string;
  /** Name of the field that was filled in first. */
  form_field: string;
}

/**
 * Recorded by `forms()`: a visitor submitted a form, whatever the page's scripts do with it. Browsers fire no event for
 * a script's `form.submit()`: such a form counts as abandoned when the page is left.
 */
export interface FormSubmitEvent {
  event: 'form_submit';
  /** Short selector of the form. */
  form: string;
  /** Milliseconds since the form's first change; 0 if nothing was changed. */
  form_duration_ms: number;
  /** Fields that were changed. */
  fields_changed: number;
}

/**
 * Recorded by `forms()`: a visitor began a form but had not submitted it when the page was hidden or left, or the view
 * ended. The visitor may return and submit or leave it again: use the form's last event.
 */
export interface FormAbandonEvent {
  event: 'form_abandon';
  /** Short selector of the form. */
  form: string;
  /** Milliseconds since the form's first change. */
  form_duration_ms: number;
  /** Fields that were changed. */
  fields_changed: number;
  /** Name of the field that the visitor was in last. */
  form_field: string;
}

/**
 * Recorded by `forms()`: the visitor left a field, or the page with the field in focus. The field's value is never
 * recorded.
 */
export interface FormFieldEvent {
  event: 'form_field';
  /** Short selector of the form, if the field belongs to one. */
  form?: string | undefined;
  /** Name, id or type of the field. */
  form_field: string;
  /** Milliseconds that the field had the focus; missing for passwords. */
  focus_ms?: number;
  /**
   * How often the value changed in that time. Typing until the field is left counts as one change. Missing for
   * passwords.
   */
  changes?: number;
}

/**
 * Recorded by `scroll()`: the visitor has seen the document down to this depth. Elements that scroll within the
 * document do not count. Once per view for each depth, beginning with the first scroll.
 */
export interface ScrollDepthEvent {
  event: 'scroll_depth';
  /** Depth in percent of the document's height: 25, 50, 75, 90 or 100, or a value of the option `depths`. */
  scroll_percent: number;
}

/** Recorded by `visibility()`: half of an element with `data-track-view` was visible for a second; once per view. */
export interface ElementViewEvent {
  event: 'element_view';
  /** Short selector of the element. */
  element: string;
  /** Value of the attribute `data-track-view`. */
  view_name: string;
  /** Further `data-track-*` attributes: `data-track-product-id` becomes `product_id`. */
  [attribute: string]: unknown;
}

/**
 * Recorded by `engagement()` when the page is hidden or left, or the view ends: how long the visitor used the view. A
 * view has several of these if the visitor comes back: add them up.
 */
export interface EngagementEvent {
  event: 'engagement';
  /**
   * Milliseconds since the last such event in which the page was visible and had the focus, and the visitor's last
   * action was at most 30 s ago. At least 1,000.
   */
  engaged_ms: number;
}

/** Recorded by `tracker.identify()`: says who the visitor is. The traits are further fields. */
export interface IdentifyEvent {
  event: 'identify';
  [trait: string]: unknown;
}

/** All events that the library records by itself. */
export type CapturedEvent = Plain<
  | PageViewEvent
  | PageLeaveEvent
  | ClickEvent
  | RageClickEvent
  | DeadClickEvent
  | FormStartEvent
  | FormSubmitEvent
  | FormAbandonEvent
  | FormFieldEvent
  | ScrollDepthEvent
  | ElementViewEvent
  | EngagementEvent
  | WebVitalEvent
  | ErrorEvent
  | ResourceErrorEvent
  | ReportEvent
  | LongTaskEvent
  | ResourceEvent
  | RequestEvent
  | IdentifyEvent
>;

// TypeScript does not accept an interface as a Record, but it accepts this mapped type of the same fields.
type Plain<Event> = { [Field in keyof Event]: Event[Field] };
