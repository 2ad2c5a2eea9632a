/** Blocks the page for that many milliseconds. */
globalThis.burn = (milliseconds) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

document.getElementById('busy').onclick = function work() {
  burn(10);
  burn(200);
};

/** Blocks the page in `count` tasks, each in its own frame. */
globalThis.burnOften = async (count, milliseconds) => {
  for (let n = 0; n < count; n++) {
    await new Promise((resolve) => {
      requestAnimationFrame(() =>
        setTimeout(function work() {
          burn(milliseconds);
          document.body.style.color = n % 2 ? 'black' : 'navy';
          resolve();
        }),
      );
    });
  }
};

/** Shows a picture and blocks the page when it is loaded. */
globalThis.showBusy = (address) => {
  const picture = new Image();
  picture.onload = () => burn(150);
  picture.src = address;
  document.body.append(picture);
};
