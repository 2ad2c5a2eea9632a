// XMLHttpRequest as promises, and the unhandled rejections that the page sees.

/** Sends a request; resolves with its events, status and text. `prepare` gets the opened XMLHttpRequest. */
globalThis.ask = (method, address, prepare = () => {}, body = null, isAsync = true) =>
  new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    const heard = [];
    for (const type of ['load', 'error', 'abort', 'timeout', 'loadend']) {
      xhr.addEventListener(type, () => heard.push(type));
    }
    xhr.addEventListener('loadend', () =>
      resolve({ heard, status: xhr.status, text: xhr.responseText }),
    );
    xhr.open(method, address, isAsync);
    prepare(xhr);
    xhr.send(body);
  });

/** Reasons of unhandled rejections. */
globalThis.unhandled = [];
addEventListener('unhandledrejection', (event) => {
  unhandled.push(event.reason);
  event.preventDefault();
});
