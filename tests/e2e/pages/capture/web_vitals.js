// Paints, shifts and responds slowly on demand, and counts the entries that the browser reports.

globalThis.measured = { paints: 0, shifts: 0, slowest: 0 };

function observe(type, listener) {
  try {
    new PerformanceObserver((list) => list.getEntries().forEach(listener)).observe({
      type,
      buffered: true,
      durationThreshold: 16,
    });
  } catch {
    // The browser does not support this type.
  }
}
observe('largest-contentful-paint', () => measured.paints++);
observe('layout-shift', () => measured.shifts++);
observe('event', ({ interactionId, processingStart, processingEnd }) => {
  // One click or key causes several events, which are reported in any order.
  if (interactionId > 0)
    measured.slowest = Math.max(measured.slowest, processingEnd - processingStart);
});

/** Blocks the page for that many milliseconds. */
function burn(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

// Slightly more than the test expects, because the browser's clock is coarse. A test may ask for more.
globalThis.slowFor = 260;
document.getElementById('slow').addEventListener('click', () => burn(globalThis.slowFor));
document.getElementById('brisk').addEventListener('click', () => burn(70));
// keyup is the last event of a key press; an event after it would have to wait and count as slow too.
document.getElementById('field').addEventListener('keyup', () => burn(260));

/** Shifts the content of the page down. */
globalThis.shift = () => {
  document.getElementById('late').style.height = '200px';
};

/** Shows the largest picture of the page. */
globalThis.showPicture = (address) => {
  const picture = new Image(700, 500);
  picture.id = 'picture';
  picture.src = address;
  document.getElementById('pictures').append(picture);
};
