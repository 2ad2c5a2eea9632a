/** Records that a visitor copies something, and from which element; never the text. */
const copies = () => ({
  name: 'copies',
  start(sink) {
    const onCopy = (event) => sink.track({ event: 'copy', tag: event.target.nodeName });
    document.addEventListener('copy', onCopy);
    // Undoes all that `start` did.
    return () => document.removeEventListener('copy', onCopy);
  },
});

webtrack.createTracker({
  host: location.origin,
  logstore: 'web',
  capture: [...webtrack.autocapture(), copies()],
  onNotice: console.warn,
});
