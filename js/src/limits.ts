// Limits of the endpoint and of browsers, which several parts of the library keep.

/** Version of the endpoint's interface, which each request must name. */
export const API_VERSION = '0.6.0';

/**
 * Most bytes of a body's JSON, and so of one event: WEBTRACK_DEFAULT_BYTES of webtrack_constants.h. The endpoint's
 * documentation mentions a limit of 3 MB beside a larger one.
 */
export const MAX_BODY_BYTES = 2_800_000;

/** Most events of one body: WEBTRACK_ENDPOINT_LOGS of webtrack_constants.h. */
export const MAX_BODY_EVENTS = 4_096;

/** Most bytes of all keepalive bodies in flight: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch */
export const KEEPALIVE_QUOTA = 65_536;
