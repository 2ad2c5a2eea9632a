/** Shows a picture and waits until it has loaded, or has failed to. */
globalThis.load = (address) =>
  new Promise((resolve) => {
    const picture = new Image();
    picture.onload = resolve;
    picture.onerror = resolve;
    picture.src = address;
    document.body.append(picture);
  });

/** Asks for something in a way that browsers advise against. */
globalThis.loadAtOnce = (address) => {
  const request = new XMLHttpRequest();
  request.open('GET', address, false);
  request.send();
};

/** Asks for something that is not there. */
globalThis.ask = (address) => fetch(address).catch(() => {});
