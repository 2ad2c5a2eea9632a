import * as webtrack from '/alone/webtrack.js';

globalThis.webtrack = webtrack;
