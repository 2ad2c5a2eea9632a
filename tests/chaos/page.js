// In every visited page: a tracker, and what the runner calls.

const given = JSON.parse(document.getElementById('given').textContent);

globalThis.documentNumber = given.document;
globalThis.tracker = webtrack.createTracker({
  ...given.options,
  // Bound by the runner; a page that is going may not reach it any more.
  onDrop: ({ reason, events }) => globalThis.noteDrop?.(reason, events).catch(() => {}),
});

let count = 0;

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
  setTimeout(() => globalThis.noteAged?.(given.document, upTo).catch(() => {}), 1_000);
  return recorded;
};

/** Tracks and leaves in one task. */
globalThis.recordAndLeave = (events) => {
  const recorded = record(events);
  location.assign('/');
  return recorded;
};

/** Records that the library keeps in the browser, bytes of their bodies, and what the origin takes. */
globalThis.kept = async () => {
  let records = Object.keys(localStorage).length;
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
