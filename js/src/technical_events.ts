// The events that tell how well a page works: web vitals, errors, reports, long tasks, loads and requests.

/** Recorded by `webVitals()`: one of the Core Web Vitals, or a metric that helps to interpret them. */
export interface WebVitalEvent {
  event: 'web_vital';
  /** Address from which the document was loaded: a metric describes the whole document with all its views. */
  page_url: string;
  /** `LCP`, `CLS`, `INP`, `FCP` or `TTFB`. */
  metric: string;
  /**
   * Id of this metric in this document. A metric may grow and be recorded again: use the last event of an id. A restore
   * from the back/forward cache begins a new id.
   */
  metric_id: string;
  /** Value in milliseconds; missing for CLS. */
  value_ms?: number;
  /** Value of CLS, which has no unit; four decimals. */
  value_score?: number;
  /** `good`, `needs-improvement` or `poor`, by the thresholds of https://web.dev/articles/vitals. */
  rating: string;
  /** As in `page_view`; also `discard`: the browser had discarded the tab and loaded it again. */
  navigation_type: string;
  /**
   * Short selector of the element responsible: the largest (LCP), the one that shifted most (CLS), the target of the
   * input (INP).
   */
  element?: string;
  /** Address of the largest element's resource (LCP). */
  resource_url?: string;
  /** Kind of input: `pointer` or `keyboard` (INP). */
  interaction_type?: string;
  /**
   * Loading state of the document at that time (not LCP, TTFB): `loading`, `dom-interactive`, `dom-content-loaded` or
   * `complete`.
   */
  load_state?: string;
  /**
   * Parts that add up to the value, as JSON (not CLS). LCP: `ttfb`, `load_delay`, `load`, `render_delay`; INP:
   * `input_delay`, `processing`, `presentation_delay`; FCP: `ttfb`, `render`; TTFB: `waiting`, `cache`, `dns`,
   * `connection`, `request`.
   */
  parts_ms?: Readonly<Record<string, number>>;
}

/** Recorded by `errors()`: a script of the page failed. At most 50 different errors per minute. */
export interface ErrorEvent {
  event: 'error';
  /** `uncaught`, `rejection` (a promise that nobody handled) or `console`. */
  error_type: string;
  /** Class of the thrown value: `TypeError`, … */
  error_name: string;
  /** Message of the error, with the parameters of addresses removed; at most 1,000 characters. */
  message: string;
  /** Stack with one frame per line, `function@url:line:column` in all browsers; at most 20 frames, innermost first. */
  stack?: string | undefined;
  /**
   * The errors in its `cause`, theirs in turn, and those of an `AggregateError`: `name: message`, one to a line, at
   * most five.
   */
  error_causes?: string | undefined;
  /** Script of the innermost frame that names one. */
  source_url?: string | undefined;
  /** Line there, from 1. */
  line?: number | undefined;
  /** Column there, from 1, if the browser reveals it. */
  column?: number | undefined;
  /** How often the error happened since it was last recorded; repeats within 5 seconds are one event. */
  repeats: number;
}

/** Recorded by `errors()`: a resource of the document did not load. */
export interface ResourceErrorEvent {
  event: 'resource_error';
  /** Tag name of the element that requested the resource. */
  element_tag: string;
  /** Address of the resource. */
  resource_url: string;
  /** As in `error`. */
  repeats: number;
}

/**
 * Recorded by `reports()`: the browser reports a problem of the page. Each report once per view, at most 50 of them.
 */
export interface ReportEvent {
  event: 'report';
  /** `csp_violation`, `deprecation` or `intervention`. */
  report_type: string;
  /** The browser's text, with the parameters of addresses removed; or the directive that was violated. */
  message: string;
  /** Id of the deprecation or intervention. */
  report_id?: string;
  /** What the policy blocked: an address, its origin or scheme, or `inline`, `eval`, `wasm-eval`, … */
  blocked_url?: string;
  /** Mode of the policy: `enforce` or `report`. */
  disposition?: string;
  /** Script that caused the report. */
  source_url?: string;
  /** Line there, from 1. */
  line?: number;
  /** Column there, from 1. */
  column?: number;
}

/** Recorded by `longTasks()`: the page could not react to input for a while; at most 20 per view. */
export interface LongTaskEvent {
  event: 'long_task';
  /** Milliseconds from the task's beginning to its end; a long animation frame includes rendering. */
  duration_ms: number;
  /**
   * Milliseconds beyond the first 50 of each task, in which input had to wait; only from browsers with long animation
   * frames.
   */
  blocking_ms?: number;
  /** Script that took most of the time. */
  script_url?: string;
  /** Function there. */
  script_function?: string;
  /**
   * What called that function: a listener (`BUTTON#buy.onclick`), a timer, a promise, `classic-script` or
   * `module-script`.
   */
  script_invoker?: string;
  /** Milliseconds that the script ran. */
  script_ms?: number;
}

/** Recorded by `resources()`: a resource was slow, failed to load, or was picked for the sample. */
export interface ResourceEvent {
  event: 'resource';
  /** Address of the resource. */
  resource_url: string;
  /** What requested the resource: `script`, `img`, `css`, `fetch`, `xmlhttprequest`, … */
  initiator: string;
  /** Milliseconds from the request to the last byte. */
  duration_ms: number;
  /** Milliseconds from the request to the first byte; missing if another origin's server does not reveal it. */
  ttfb_ms?: number;
  /**
   * Bytes on the wire, with headers; 0 if the resource came from the cache, or if another origin's server does not
   * reveal it.
   */
  transfer_bytes: number;
  /** HTTP status, if the browser reveals it. */
  http_status?: number;
}

/** Recorded by `network()`: a request by a script of the page has ended. */
export interface RequestEvent {
  event: 'request';
  /** `fetch` or `xhr`. */
  request_type: string;
  /** HTTP method. */
  http_method: string;
  /** Address of the request. */
  request_url: string;
  /**
   * HTTP status; 0 when there was no answer. Missing if the browser hides it from scripts, as for a `fetch` with the
   * mode `no-cors` to another origin.
   */
  http_status?: number | undefined;
  /** Milliseconds until the answer was complete (XHR) or its headers had arrived (fetch). */
  duration_ms: number;
  /** Bytes of the answer's body, if its headers state them. */
  response_bytes?: number | undefined;
  /** Why there was no answer: `network`, `abort` or `timeout`. */
  request_error?: string | undefined;
  /** Id of the trace that the request belongs to, if it has one (`traceparent`). */
  trace_id?: string | undefined;
}
