// A page that does what the metrics measure, and says what the browser has told of it.

globalThis.measured = { paints: 0, shifts: 0, slowest: 0 };

function observe(type, heed) {
  try {
    new PerformanceObserver((list) => list.getEntries().forEach(heed)).observe({
      type,
      buffered: true,
      durationThreshold: 16,
    });
  } catch {
    // A browser without.
  }
}
observe('largest-contentful-paint', () => measured.paints++);
observe('layout-shift', () => measured.shifts++);
observe('event', ({ interactionId, processingStart, processingEnd }) => {
  // Each of the events of one click or key comes on its own, in any order.
  if (interactionId > 0) measured.slowest = Math.max(measured.slowest, processingEnd - processingStart);
});

/** Keeps the page busy for so many milliseconds. */
function burn(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

// With some room above what the test expects: the browser's clock is a coarse one.
document.getElementById('slow').addEventListener('click', () => burn(260));
document.getElementById('brisk').addEventListener('click', () => burn(70));
// The last event of a key: one behind it would be as slow, for having waited.
document.getElementById('field').addEventListener('keyup', () => burn(260));

/** Pushes down all that is on the page. */
globalThis.shift = () => {
  document.getElementById('late').style.height = '200px';
};

/** Shows a picture that is larger than anything else. */
globalThis.showPicture = (address) => {
  const picture = new Image(700, 500);
  picture.id = 'picture';
  picture.src = address;
  document.getElementById('pictures').append(picture);
};
