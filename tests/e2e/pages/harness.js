// Behind every test page: makes a tracker from `?options=` and tracks `?events=`.

const given = new URLSearchParams(location.search);

globalThis.drops = [];
globalThis.notices = [];

/** A tracker that tells its drops to `drops` and its notices to `notices`, and sends nothing ahead. */
globalThis.makeTracker = (options) =>
  webtrack.createTracker({
    onDrop: (drop) => drops.push(drop),
    onNotice: (notice) => notices.push(notice),
    warmUp: false,
    ...options,
  });

if (given.has('options')) globalThis.tracker = makeTracker(JSON.parse(given.get('options')));
for (const event of JSON.parse(given.get('events') ?? '[]')) tracker.track(event);
if (given.has('flush')) tracker.flush();
