/** Addresses that trackers ask for, whatever their logstore: the track call, and the module. */
export const OWN = /\/logstores\/[^/]+\/track(\.gif)?(\?|$)|\/core\.wasm(\?|$)/;
