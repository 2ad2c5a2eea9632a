// Behind every test page: makes a tracker from `?options=` and tracks `?events=`.

const given = new URLSearchParams(location.search);

globalThis.drops = [];

/** A tracker that tells its drops to `drops`. */
globalThis.makeTracker = (options) =>
  webtrack.createTracker({ onDrop: (drop) => drops.push(drop), ...options });

if (given.has('options')) globalThis.tracker = makeTracker(JSON.parse(given.get('options')));
for (const event of JSON.parse(given.get('events') ?? '[]')) tracker.track(event);
if (given.has('flush')) tracker.flush();
