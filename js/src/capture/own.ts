/** Matches requests by trackers: to the track API of any logstore, or for the core under the name a bundler gave it. */
export const OWN_REQUESTS = /\/logstores\/[^/]+\/track(\.gif)?(\?|$)|\/core[-.][^/?]*wasm(\?|$)/;
