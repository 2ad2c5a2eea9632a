/** Shows a picture; resolves when it has loaded or failed. */
globalThis.load = (address) =>
  new Promise((resolve) => {
    const picture = new Image();
    picture.onload = resolve;
    picture.onerror = resolve;
    picture.src = address;
    document.body.append(picture);
  });

/** Sends a synchronous request, which browsers report as deprecated. */
globalThis.loadAtOnce = (address) => {
  const request = new XMLHttpRequest();
  request.open('GET', address, false);
  request.send();
};

/** Sends a request and ignores its failure. */
globalThis.ask = (address) => fetch(address).catch(() => {});
