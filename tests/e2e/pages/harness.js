// Behind every test page: makes a tracker from `?options=` and tracks `?events=`.

const given = new URLSearchParams(location.search);

globalThis.drops = [];
globalThis.notices = [];

/** A tracker with plug-ins that tells its drops to `drops` and its notices to `notices`, and has no batch wait long. */
globalThis.makeTracker = ({ capture = [], ...options }) =>
  webtrack.createTracker({
    // As `{name: options}` of plug-ins: an address holds no functions.
    capture: Object.entries(capture).map(([name, given]) => webtrack[name](given)),
    onDrop: (drop) => drops.push(drop),
    onNotice: (notice) => notices.push(notice),
    ...options,
  });

if (given.has('options')) globalThis.tracker = makeTracker(JSON.parse(given.get('options')));
for (const event of JSON.parse(given.get('events') ?? '[]')) tracker.track(event);
if (given.has('flush')) tracker.flush();
