// Pages that take the names which a tracker reads. The key F flushes; what is thrown or lost is in `data-said` of the
// page's root, and an event `said`.

import type { Collector } from '../collector/collector_process.ts';

/** Scripts that run before the library. */
export const BEFORE: Readonly<Record<string, string>> = {
  'a variable screen': 'var screen = "checkout";',
  'a variable performance': 'var performance = { score: 7 };',
  'a performance with only now': 'performance = { now: function () { return +new Date(); } };',
  'a variable URL': 'var URL = "https://shop.example/api";',
  'constants named like parts of the window':
    'const history = { list: [] }; const crypto = { price: 1 }; const navigator = { go: 1 };',
  'functions Map, Set and WeakMap':
    'function Map(element) { this.element = element; } function Set() {} function WeakMap() {}',
  'a variable Temporal': 'var Temporal = { Now: {} };',
  'a variable Promise': 'var Promise = function () { this.then = 7; };',
  'a Date.now that returns a Date': 'Date.now = function () { return new Date(); };',
  'a requestIdleCallback that calls at once':
    'requestIdleCallback = function (run) { run({ didTimeout: true }); return 1; }; cancelIdleCallback = function () {};',
  'a requestIdleCallback that never calls':
    'requestIdleCallback = function () { return 1; }; cancelIdleCallback = function () {};',
  'methods of all objects':
    '["on", "off", "once", "emit", "extend", "each", "clone", "keys", "get", "set", "value", "type", "name", "message"]' +
    '.forEach(function (name) { Object.prototype[name] = function () {}; });',
  'an Array.from that ignores its second argument and iterators':
    'Array.from = function (list) { var copy = []; for (var at = 0; at < list.length; at++) copy.push(list[at]); return copy; };',
  'a toJSON of all arrays':
    'Array.prototype.toJSON = function () { return "[" + this.join(", ") + "]"; };',
  'an Element that makes elements':
    '(function (native) { window.Element = function (tag) { return document.createElement(tag); }; window.Element.prototype = native.prototype; })(Element);',
};

/** Scripts that run after the library. */
export const AFTER: Readonly<Record<string, string>> = {
  'classes Node and Text':
    'class Node { constructor(value) { this.value = value; } } class Text {}',
  'a class URL': 'class URL { constructor(text) { this.text = text; } }',
  'a later variable URL': 'var URL = "/api";',
  'a later function Map': 'function Map(element) { this.element = element; }',
  'timers that stand still':
    'setTimeout = setInterval = requestIdleCallback = function () { return 1; };',
  'a fetch that never answers':
    '(function (real) { fetch = function (address) { return /logstores/.test(address) ? new Promise(function () {}) : real.apply(this, arguments); }; })(fetch);',
};

/** Events that each of these pages must record when a visitor clicks its button and leaves. */
export const RECORDED = ['click', 'element_view', 'own', 'page_view', 'request'];

/** A page with these scripts before and after the library. `name` is the topic of its events. */
export const oddPage = (
  before: string,
  after: string,
  name: string,
  collector: Pick<Collector, 'url'>,
) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Odd</title><link rel="icon" href="data:,">
<script>window.say = (text) => { document.documentElement.setAttribute('data-said', text); window.tracker && tracker.track({ event: 'said', text: text }); };
  addEventListener('error', (event) => say('thrown: ' + event.message));</script>
<script>${before}</script>
<script src="/dist/webtrack.all.iife.js"></script>
<script>
  window.tracker = webtrack.createTracker({
    host: '${collector.url}', logstore: 'web', topic: '${name}',
    onDrop: (drop) => say('lost: ' + drop.reason),
    capture: [...webtrack.autocapture(), webtrack.visibility({ visibleMs: 50 }), webtrack.network()],
  });
</script></head>
<body style="margin: 0"><button id="buy" type="button" style="width: 99px; height: 50px" onclick="this.dataset.n = 1">Buy now</button>
<div data-track-view="hero" style="height: 50px">hero</div>
<script>${after}</script>
<script>
  addEventListener('keydown', () => tracker.flush().then(() => document.documentElement.setAttribute('data-flushed', 'yes')));
  tracker.track({ event: 'own', list: ['large', 'green'], nested: { a: [1, 2] } });
  addEventListener('load', () => fetch('/next.html').then((answer) => answer.text()).then(() => { document.title = 'Fetched'; }));
</script></body></html>`;
