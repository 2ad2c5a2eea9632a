// Requests by XMLHttpRequest, as promises; and what a page sees of its own failures.

/** Sends a request and answers how it ended: the events that it had, and its answer. `prepare` gets it opened. */
globalThis.ask = (method, address, prepare = () => {}, body = null, isAsync = true) =>
  new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    const heard = [];
    for (const type of ['load', 'error', 'abort', 'timeout', 'loadend']) {
      xhr.addEventListener(type, () => heard.push(type));
    }
    xhr.addEventListener('loadend', () => resolve({ heard, status: xhr.status, text: xhr.responseText }));
    xhr.open(method, address, isAsync);
    prepare(xhr);
    xhr.send(body);
  });

/** Rejections that nobody has handled. */
globalThis.unhandled = [];
addEventListener('unhandledrejection', (event) => {
  unhandled.push(event.reason);
  event.preventDefault();
});
