// In every visited page: a tracker, and what the runner calls.

const given = JSON.parse(document.getElementById('given').textContent);

/** As SNAPSHOT_MS of ledger.ts. */
const AGE_MS = 1_000;

globalThis.documentNumber = given.document;
let count = 0;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Resolves when the library has had its engine for a second: the worker has answered, or the page has loaded its own. */
const hadEngine = new Promise((there) => {
  new PerformanceObserver((list) => {
    if (list.getEntries().some(({ name }) => name.includes('/engine.js'))) there();
  }).observe({ type: 'resource', buffered: true });
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (message, ...more) {
    if (message?.kind === 'hello') {
      this.addEventListener('message', ({ data }) => data.kind === 'ready' && there());
    }
    return postMessage.call(this, message, ...more);
  };
}).then(() => sleep(AGE_MS));

globalThis.tracker = webtrack.createTracker({
  ...given.options,
  // Bound by the runner; a page that is going may not reach it any more.
  onDrop: ({ reason, events }) => globalThis.noteDrop?.(reason, events).catch(() => {}),
});

/** Tracks events; answers what the runner has to know of them, `[marker, time, poisoned]`. */
globalThis.record = (events) => {
  const recorded = events.map(({ size, poison }) => {
    const m = `${given.prefix}-${given.document}-${count++}`;
    const at = Date.now();
    tracker.track({ event: 'chaos', m, text: '事'.repeat(size), ...(poison && { poison: 1 }) });
    return [m, at, poison === true];
  });
  const upTo = count;
  // Behind the library's own timer of that length: when the runner hears this, they had their time to be saved.
  void Promise.all([hadEngine, sleep(AGE_MS)]).then(() =>
    globalThis.noteAged?.(given.document, upTo).catch(() => {}),
  );
  return recorded;
};

/** Tracks and leaves in one task. */
globalThis.recordAndLeave = (events) => {
  const recorded = record(events);
  location.assign('/');
  return recorded;
};

/** A page that records nothing asks for no engine, and then delivers nothing of earlier ones either. */
globalThis.deliver = () => void tracker.flush();

/** Records that the library keeps in the browser, bytes of their bodies, and what the origin takes. */
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
