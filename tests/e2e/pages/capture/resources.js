/** Shows a picture and waits until it has loaded, or has failed to. */
globalThis.load = (address) =>
  new Promise((resolve) => {
    const picture = new Image();
    picture.onload = resolve;
    picture.onerror = resolve;
    picture.src = address;
    document.body.append(picture);
  });
