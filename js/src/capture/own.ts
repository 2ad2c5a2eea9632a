/** Addresses that trackers ask for, whatever their logstore: the track call, and the module as bundlers name it. */
export const OWN = /\/logstores\/[^/]+\/track(\.gif)?(\?|$)|\/core[-.][^/?]*wasm(\?|$)/;
