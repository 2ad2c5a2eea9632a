// Runs in every visited page: makes a tracker and the functions that the test calls.

const given = JSON.parse(document.getElementById('given').textContent);

/** Same as SNAPSHOT_MS in ledger.ts. */
const AGE_MS = 1_000;

globalThis.documentNumber = given.document;
let count = 0;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Resolves a second after the library got its engine: the worker has answered, or the page has loaded engine.js. */
const hadEngine = new Promise((there) => {
  new PerformanceObserver((list) => {
    const isEngine = ({ name, responseStatus }) =>
      name.includes('/engine.js') && responseStatus === 200;
    if (list.getEntries().some(isEngine)) there();
  }).observe({ type: 'resource', buffered: true });
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (message, ...more) {
    if (message?.kind === 'hello') {
      const hear = ({ data }) => {
        if (data.kind !== 'ready') return;
        this.removeEventListener('message', hear);
        there();
      };
      this.addEventListener('message', hear);
    }
    return postMessage.call(this, message, ...more);
  };
}).then(() => sleep(AGE_MS));

globalThis.tracker = webtrack.createTracker({
  ...given.options,
  // The test binds noteDrop; a page that is being left may not reach it any more.
  onDrop: ({ reason, events }) => globalThis.noteDrop?.(reason, events).catch(() => {}),
});

/** Tracks events; returns `[marker, time, poisoned]` for each. */
globalThis.record = (events) => {
  const recorded = events.map(({ size, poison }) => {
    const m = `${given.prefix}-${given.document}-${count++}`;
    const at = Date.now();
    tracker.track({ event: 'chaos', m, text: '事'.repeat(size), ...(poison && { poison: 1 }) });
    return [m, at, poison === true];
  });
  const upTo = count;
  // Started after the library's own timers, so the library has had its time to save these events when the test hears
  // this.
  void Promise.all([hadEngine, sleep(AGE_MS)]).then(() =>
    globalThis.noteAged?.(given.document, upTo).catch(() => {}),
  );
  return recorded;
};

/** Tracks events and leaves the page in the same task. */
globalThis.recordAndLeave = (events) => {
  const recorded = record(events);
  location.assign('/');
  return recorded;
};

/** Starts the engine, which delivers what earlier pages left: a page that records nothing would not start it. */
globalThis.deliver = () => void tracker.flush();

// Registered after the library's listeners, in the phase before them.
addEventListener('pagehide', () => localStorage.setItem(`left ${given.document}`, ''), true);

/** Numbers of the documents whose `pagehide` has run. */
globalThis.documentsLeft = () =>
  Object.keys(localStorage)
    .filter((key) => key.startsWith('left '))
    .map((key) => Number(key.slice(5)));

/** What the library keeps in the browser: records, bytes of their bodies, and bytes on disk. */
globalThis.kept = async () => {
  let records = Object.keys(localStorage).filter((key) => /^webtrack \S+ \d/.test(key)).length;
  let bodies = 0;
  for (const { name } of await indexedDB.databases()) {
    const database = await answer(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const found = await answer(database.transaction(store).objectStore(store).getAll());
      const all = found.filter(({ body }) => body);
      records += all.length;
      bodies += all.reduce((sum, { body }) => sum + body.length, 0);
    }
    database.close();
  }
  const { usageDetails } = await navigator.storage.estimate();
  return { records, bodies, bytes: usageDetails?.indexedDB ?? 0 };
};

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
