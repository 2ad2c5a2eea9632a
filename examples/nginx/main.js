const tracker = webtrack.createTracker({
  // nginx passes this path on. The endpoint and the project are in its configuration.
  host: `${location.origin}/collect`,
  logstore: 'web',
  capture: webtrack.autocapture(),
  onNotice: console.warn,
});

document.querySelector('#buy').addEventListener('click', () => {
  tracker.track({ event: 'add_to_cart', product_id: 7, price_cents: 1250 });
});
