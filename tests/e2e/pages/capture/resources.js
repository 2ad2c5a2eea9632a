/** Shows a picture; resolves when it has loaded or failed. */
globalThis.load = (address) =>
  new Promise((resolve) => {
    const picture = new Image();
    picture.onload = resolve;
    picture.onerror = resolve;
    picture.src = address;
    document.body.append(picture);
  });
