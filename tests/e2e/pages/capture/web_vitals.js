// A page that does what the metrics measure, and counts what the browser has told of it.

globalThis.entries = {};
for (const type of ['largest-contentful-paint', 'layout-shift', 'event']) {
  entries[type] = 0;
  try {
    new PerformanceObserver((list) => {
      entries[type] += list
        .getEntries()
        .filter((entry) => type !== 'event' || entry.interactionId > 0).length;
    }).observe({ type, buffered: true, durationThreshold: 16 });
  } catch {
    // A browser without.
  }
}

/** Keeps the page busy for so many milliseconds. */
function burn(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

document.getElementById('slow').addEventListener('click', () => burn(250));
document.getElementById('brisk').addEventListener('click', () => burn(60));
document.getElementById('field').addEventListener('keydown', () => burn(250));

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
