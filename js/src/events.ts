// The events that the library records by itself, and their fields: version 1 of the schema, which SCHEMA.md
// shows. Names are snake_case and never change their meaning; numbers carry their unit in the name.

/** What every event has, its own or one of the page's. */
export interface CommonFields {
  /** What kind of event it is; those of the page have names of its own. */
  event: string;
  /** When it happened, epoch milliseconds; the option `timeField` names it otherwise. */
  ts: number;
  /** Its number in this page's tracker, from 0; the option `seqField` names it otherwise. */
  seq: number;
  /** Names this load of the page; with `seq` it names the event for good. */
  page_load_id: string;
  /** Address of the view that it belongs to (with `pageViews()`). */
  page_url?: string;
  /** Number of that view in this page load, from 0 (with `pageViews()`). */
  view_seq?: number;
  /** The browser's own id of this origin, or of the option `cookieDomain`, until it is cleared (with `identity()`). */
  visitor_id?: string;
  /**
   * Ends after 30 minutes (the option `sessionMinutes`) in which nothing was recorded of a page in sight, with
   * `tracker.reset()`, and by option with another campaign (with `identity()`).
   */
  session_id?: string;
  /** As the page has said by `identify()`. */
  user_id?: string;
}

/**
 * What `context()` tags every batch with (`__tag__:user_agent` and so on in the store), as it was soon after the page began to
 * load, or when the visitor agreed; what the browser does not tell is left out.
 */
export interface ContextTags {
  /** Version of this library. */
  library_version: string;
  /** User agent, at most 200 characters, as of the other texts. */
  user_agent?: string | undefined;
  /** Client hints: brands and their major versions, `Chromium 140, …`. */
  ua_brands?: string | undefined;
  /** Client hints: whether it is a phone. */
  ua_mobile?: boolean | undefined;
  /** Client hints: operating system. */
  ua_platform?: string | undefined;
  /** Languages that the visitor prefers, the first one first. */
  languages?: string | undefined;
  /** Screen, CSS pixels: `1920x1080`. */
  screen_px: string;
  /** Physical pixels to a CSS pixel. */
  device_pixel_ratio: number;
  /** What the page has of the window, CSS pixels; not on phones, where that is the window. */
  viewport_px?: string | undefined;
  /** Window, CSS pixels. */
  window_px?: string | undefined;
  /** IANA name of the time zone. */
  time_zone: string;
  /** Network Information: `4g`, `3g`, `2g` or `slow-2g`. */
  connection_type?: string | undefined;
}

/** Recorded by `pageViews()`: a page was shown. Its `ts` is when the navigation began: it is recorded up to 0.3 s later, with its title. */
export interface PageViewEvent {
  event: 'page_view';
  /**
   * Address of the page, without a fragment that is no route (`#/…`). Its parameters are those of `urlParams`, as in every
   * field whose name ends so.
   */
  page_url: string;
  /** Title of the document once the navigation has settled. */
  page_title: string;
  /** Where the visitor came from: another document, or the view before in the same one. */
  referrer_url?: string;
  /**
   * How it came to be shown. `navigate`, `reload`, `back_forward`, `prerender` (counted when it is activated) and
   * `restore` (from the back/forward cache) of a document; `push`, `replace`, `traverse` and `hash` within one.
   */
  navigation_type: string;
  /** Fragment of the address, with the option `hash`. */
  page_fragment?: string;
  /** Campaign, from the parameters of the address. */
  utm_source?: string;
  /** Medium of the campaign. */
  utm_medium?: string;
  /** Name of the campaign. */
  utm_campaign?: string;
  /** Paid term. */
  utm_term?: string;
  /** Which of the campaign's links. */
  utm_content?: string;
  /** An advertiser's id of the click that led here. */
  click_id?: string;
  /** The parameter that had it: `gclid`, `fbclid`, … */
  click_id_type?: string;
}

/**
 * Recorded by `pageViews()`: the page, or a view within it, was hidden or left. A view that was used again has
 * several; the last one counts.
 */
export interface PageLeaveEvent {
  event: 'page_leave';
  /** Address of the view that ends. */
  page_url: string;
  /** From its beginning to its end, milliseconds, whether anybody saw it or not. */
  view_duration_ms: number;
  /** How far down it was seen, in percent of the document's height; none of a view that was left at once, before anybody could tell. */
  scroll_max_percent?: number;
}

/** Recorded by `clicks()`: a link, a button or a marked element was clicked, or activated by the keyboard. */
export interface ClickEvent {
  event: 'click';
  /** Short selector of the link or button, or else of the marked element, the same from visit to visit. */
  element: string;
  /** Its tag. */
  element_tag: string;
  /** Its visible text or label, at most 100 characters; never of anything that a visitor fills in or chooses, or that is masked. */
  element_text?: string | undefined;
  /** Where a link leads. */
  link_url?: string | undefined;
  /**
   * `internal`, `outbound` (another host), `download` (has the attribute `download`, or the file ending of one), `mailto` or
   * `tel`; none for other schemes.
   */
  link_type?: string | undefined;
  /** `data-track-*` attributes of the element, or of the next around it with any: `data-track-product-id` becomes `product_id`. */
  [attribute: string]: unknown;
}

/** Recorded by `clicks()`: the same spot was clicked again and again; three times or more within a second. Its `ts` is that of the first. */
export interface RageClickEvent {
  event: 'rage_click';
  /** Short selector of the link, button or marked element, or else of what lay there. */
  element: string;
  /** How many clicks, until there was none for a second. */
  clicks: number;
}

/** Recorded by `clicks()`: a click on a link or a button changed nothing for 2.5 seconds. Its `ts` is that of the click. */
export interface DeadClickEvent {
  event: 'dead_click';
  /** Short selector of what was clicked. */
  element: string;
}

/** Recorded by `forms()`: a visitor began to fill in a form. */
export interface FormStartEvent {
  event: 'form_start';
  /** Short selector of the form. */
  form: string;
  /** Name of the field that came first. */
  form_field: string;
}

/**
 * Recorded by `forms()`: a visitor submitted a form, whatever the page's scripts make of that. What a script sends by
 * `form.submit()`, of which the browser tells nobody, is none, and counts as abandoned when the page is left.
 */
export interface FormSubmitEvent {
  event: 'form_submit';
  /** Short selector of the form. */
  form: string;
  /** From its first change on, milliseconds; 0 where there was none. */
  form_duration_ms: number;
  /** Fields that were changed. */
  fields_changed: number;
}

/**
 * Recorded by `forms()`: a form that was begun was unsent when the page was hidden or left, or its view ended. Whoever
 * comes back and goes on may still send it, or leave it again: the last event of a form counts.
 */
export interface FormAbandonEvent {
  event: 'form_abandon';
  /** Short selector of the form. */
  form: string;
  /** From its first change on, milliseconds. */
  form_duration_ms: number;
  /** Fields that were changed. */
  fields_changed: number;
  /** Name of the field that the visitor was in last. */
  form_field: string;
}

/** Recorded by `forms()`: a field was left, by the visitor or with its page. Never what is in it. */
export interface FormFieldEvent {
  event: 'form_field';
  /** Short selector of the form; a field may have none. */
  form?: string | undefined;
  /** Name, id or type of the field. */
  form_field: string;
  /** While it had the focus, milliseconds; not of a password. */
  focus_ms?: number;
  /** How often its value was changed meanwhile: typing until the field is left is one change; not of a password. */
  changes?: number;
}

/**
 * Recorded by `scroll()`: the visitor has seen that much of the document, not of what scrolls within it; once a view for each
 * depth, from the first scroll on.
 */
export interface ScrollDepthEvent {
  event: 'scroll_depth';
  /** 25, 50, 75, 90 or 100, or as the option `depths` says, in percent of the document's height. */
  scroll_percent: number;
}

/** Recorded by `visibility()`: half of an element with `data-track-view` was in sight for a second; once a view. */
export interface ElementViewEvent {
  event: 'element_view';
  /** Short selector of the element. */
  element: string;
  /** What its attribute says. */
  view_name: string;
  /** Further `data-track-*` attributes: `data-track-product-id` becomes `product_id`. */
  [attribute: string]: unknown;
}

/**
 * Recorded by `engagement()`: for how long the visitor was with the view, when the page is hidden or left, or the view
 * ends. A view has several when the visitor comes back: their sum counts.
 */
export interface EngagementEvent {
  event: 'engagement';
  /**
   * Milliseconds in which the page was visible and had the focus, and the visitor had done something within 30 s: what
   * was added since the last such event, at least 1,000.
   */
  engaged_ms: number;
}

/** Recorded by `webVitals()`: one of the Core Web Vitals, or what helps to read them. */
export interface WebVitalEvent {
  event: 'web_vital';
  /** Address that the document was loaded by: a metric is one of the whole document, whatever its views. */
  page_url: string;
  /** `LCP`, `CLS`, `INP`, `FCP` or `TTFB`. */
  metric: string;
  /** Of a metric in one document, until that is restored from the back/forward cache: it may grow, the last one counts. */
  metric_id: string;
  /** Of all but CLS, milliseconds. */
  value_ms?: number;
  /** Of CLS, which has no unit; four decimals. */
  value_score?: number;
  /** `good`, `needs-improvement` or `poor`, as https://web.dev/articles/vitals draws the lines. */
  rating: string;
  /** As of `page_view`; `discard` when the browser had given up the tab meanwhile and loaded it again. */
  navigation_type: string;
  /** Short selector of what is to blame: the largest element, the one that shifted most, the one acted upon. */
  element?: string;
  /** What the largest element was loaded from (LCP). */
  resource_url?: string;
  /** What kind of input it was: `pointer` or `keyboard` (INP). */
  interaction_type?: string;
  /** State of loading while it happened (not LCP, TTFB): `loading`, `dom-interactive`, `dom-content-loaded` or `complete`. */
  load_state?: string;
  /**
   * What took the time, as JSON (not CLS). LCP: `ttfb`, `load_delay`, `load`, `render_delay`; INP: `input_delay`,
   * `processing`, `presentation_delay`; FCP: `ttfb`, `render`; TTFB: `waiting`, `cache`, `dns`, `connection`, `request`.
   */
  parts_ms?: Readonly<Record<string, number>>;
}

/** Recorded by `errors()`: something went wrong in a script of the page. At most 50 different ones a minute. */
export interface ErrorEvent {
  event: 'error';
  /** `uncaught`, `rejection` (a promise that nobody handled) or `console`. */
  error_type: string;
  /** Class of what was thrown: `TypeError`, … */
  error_name: string;
  /** What it says, without parameters of addresses; at most 1,000 characters. */
  message: string;
  /** One frame a line, `function@url:line:column`, whatever the browser; at most 20, innermost first. */
  stack?: string | undefined;
  /** Script of the innermost frame that has one. */
  source_url?: string | undefined;
  /** Line there, from 1. */
  line?: number | undefined;
  /** Column there, from 1, where the browser tells. */
  column?: number | undefined;
  /** How often it happened since it was last recorded; repeats within 5 seconds are one event. */
  repeats: number;
}

/** Recorded by `errors()`: something that the document asked for did not load. */
export interface ResourceErrorEvent {
  event: 'resource_error';
  /** Tag of the element that asked for it. */
  element_tag: string;
  /** What did not load. */
  resource_url: string;
  /** As of an error. */
  repeats: number;
}

/** Recorded by `reports()`: the browser complains of the page; the same once a view, at most 50 of them. */
export interface ReportEvent {
  event: 'report';
  /** `csp_violation`, `deprecation` or `intervention`. */
  report_type: string;
  /** The browser's text, without parameters of addresses; or the directive that was violated. */
  message: string;
  /** Which deprecation or intervention. */
  report_id?: string;
  /** What a policy blocked: an address, its origin or scheme, or `inline`, `eval`, `wasm-eval`, … */
  blocked_url?: string;
  /** `enforce` or `report`, of a policy. */
  disposition?: string;
  /** Script that caused it. */
  source_url?: string;
  /** Line there, from 1. */
  line?: number;
  /** Column there, from 1. */
  column?: number;
}

/** Recorded by `longTasks()`: the page could not answer for a while; at most 20 a view. */
export interface LongTaskEvent {
  event: 'long_task';
  /** From its beginning to its end, milliseconds; of a long animation frame with drawing it. */
  duration_ms: number;
  /** Of these, those beyond the first 50 of a task, in which input waits; where the browser tells (long animation frames). */
  blocking_ms?: number;
  /** Script that took most of it. */
  script_url?: string;
  /** Function there. */
  script_function?: string;
  /** What called it: a listener (`BUTTON#buy.onclick`), a timer, a promise, or `classic-script` and `module-script`. */
  script_invoker?: string;
  /** How long that script ran, milliseconds. */
  script_ms?: number;
}

/** Recorded by `resources()`: something took long to load, or did not; or is one of the sample. */
export interface ResourceEvent {
  event: 'resource';
  /** What was loaded. */
  resource_url: string;
  /** Who asked for it: `script`, `img`, `css`, `fetch`, `xmlhttprequest`, … */
  initiator: string;
  /** From asking to the last byte, milliseconds. */
  duration_ms: number;
  /** From asking to the first byte, milliseconds; where the server tells other origins. */
  ttfb_ms?: number;
  /** On the wire with headers; 0 from the cache, or where the server does not tell. */
  transfer_bytes: number;
  /** HTTP status, where the browser tells. */
  http_status?: number;
}

/** Recorded by `network()`: a request of the page's scripts has ended. */
export interface RequestEvent {
  event: 'request';
  /** `fetch` or `xhr`. */
  request_type: string;
  /** HTTP method. */
  http_method: string;
  /** Where it went. */
  request_url: string;
  /** HTTP status; 0 when there was no answer. */
  http_status: number;
  /** Until the answer was complete (XHR) or its head was there (fetch), milliseconds. */
  duration_ms: number;
  /** Of the answer's body, where its head tells. */
  response_bytes?: number | undefined;
  /** Why there was no answer: `network`, `abort` or `timeout`. */
  request_error?: string | undefined;
  /** Trace that the request belongs to, where it was given one (`traceparent`). */
  trace_id?: string | undefined;
}

/** Recorded by `tracker.identify()`: who the visitor is; their traits are further fields. */
export interface IdentifyEvent {
  event: 'identify';
  [trait: string]: unknown;
}

/** All that is recorded by the library itself. */
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

// An interface is no Record, as what has been spelt out is.
type Plain<Event> = { [Field in keyof Event]: Event[Field] };
