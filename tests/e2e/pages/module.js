import * as webtrack from '/dist/webtrack.js';

globalThis.webtrack = webtrack;
