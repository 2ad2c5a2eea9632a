// On every test page: makes a tracker from `?options=` and tracks `?events=`.

const given = new URLSearchParams(location.search);

globalThis.drops = [];
globalThis.notices = [];

/** Makes a tracker with plug-ins; it reports to `drops` and `notices`. */
globalThis.makeTracker = ({ capture = [], ...options }) =>
  webtrack.createTracker({
    // `{name: options}`, because a URL holds no functions.
    capture: Object.entries(capture).map(([name, given]) => webtrack[name](given)),
    onDrop: (drop) => drops.push(drop),
    onNotice: (notice) => notices.push(notice),
    ...options,
  });

if (given.has('options')) globalThis.tracker = makeTracker(JSON.parse(given.get('options')));
for (const event of JSON.parse(given.get('events') ?? '[]')) tracker.track(event);
if (given.has('flush')) tracker.flush();
