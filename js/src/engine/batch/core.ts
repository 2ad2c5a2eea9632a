// The boundary to the C++ core: loads the WebAssembly module and owns its memory. Names are those of
// wasm/include/webtrack.h, codes and limits those of webtrack_constants.h.

import { MAX_BODY_BYTES } from '../../limits.ts';
import { fetch, type Promise, type URL } from '../../natives.ts';
import type { Batch, Decision, Envelope, Level, OpenBatch, Outcome } from '../types.ts';

/** webtrack_status of webtrack_constants.h. */
export const Status = {
  NO_MEMORY: -1,
  FULL: -2,
  TOO_LARGE: -3,
  NUL_IN_TEXT: -4,
  MALFORMED: -5,
} as const;

/** No limit of bytes: WEBTRACK_NO_BOUND. */
export const NO_BOUND = 0xffff_ffff;

const ABI_VERSION = 1;
/** The values of webtrack_compression. */
const LEVELS: Readonly<Record<Level, number>> = { none: 0, fast: 1, high: 2 };
const REMEMBERED_FIELDS = 31;
const SAME_FIELD = 0xff;
const MAX_CODE_BYTES = 192;
/** Indexed by the values of webtrack_action. */
const ACTIONS = ['ack', 'retry', 'pause', 'stop', 'split', 'plain', 'bisect', 'drop'] as const;
const DOWNLOAD_TIMEOUT_MS = 30_000;

interface Exports extends WebAssembly.Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  webtrack_abi_version(): number;
  webtrack_batch_create(maxBytes: number, maxLogs: number): number;
  webtrack_batch_destroy(batch: number): void;
  webtrack_input(batch: number, bytes: number): number;
  webtrack_envelope(batch: number, length: number, strings: number): number;
  webtrack_append(batch: number, length: number, fields: number): number;
  webtrack_append_sized(batch: number, length: number, fields: number): number;
  webtrack_logs(batch: number): number;
  webtrack_seal(batch: number, compression: number, maxWireBytes: number): number;
  webtrack_sealed_data(batch: number): number;
  webtrack_sealed_bytes(batch: number): number;
  webtrack_sealed_raw_bytes(batch: number): number;
  webtrack_discard(batch: number, logs: number): void;
  webtrack_unpack(batch: number, length: number, rawBytes: number): number;
  webtrack_decide(
    batch: number,
    status: number,
    codeLength: number,
    compressed: number,
    failures: number,
    retryAfter: number,
    random: number,
  ): number;
}

/** The bytes or the address of the module. */
export type CoreSource = Uint8Array<ArrayBuffer> | string | URL;

// Errors in this file have no messages, because nobody sees them: without a core, batches are sent uncompressed.

/**
 * Loads the module and creates one batch in it. Rejects if WebAssembly is missing or forbidden, or the download fails.
 */
export async function loadCore(source: CoreSource): Promise<Core> {
  const module = await globalThis.WebAssembly.compile(
    source instanceof Uint8Array ? source : await download(source),
  );
  const { exports } = await globalThis.WebAssembly.instantiate(module);
  return new Core(exports as Exports);
}

/** Loads the module as JavaScript, for pages that forbid WebAssembly. Rejects if it does not load. */
export async function loadCoreJs(url: string | URL): Promise<Core> {
  const { default: instantiate } = await import(String(url));
  return new Core(instantiate() as Exports);
}

async function download(url: string | URL): Promise<ArrayBuffer> {
  const response = await fetch(url, {
    // The page's own requests come first.
    priority: 'low',
    // After this time batches are sent uncompressed.
    signal: globalThis.AbortSignal.timeout?.(DOWNLOAD_TIMEOUT_MS) ?? null,
  });
  if (!response.ok) throw new Error();
  return response.arrayBuffer();
}

/** An open batch in the module's memory. */
export class Core implements OpenBatch {
  readonly #exports: Exports;
  readonly #batch: number;
  #input = new Uint8Array(0);
  /**
   * The last event for each number of fields. The core remembers the same events, so equal fields need not be copied.
   */
  #last: (readonly string[])[] = [];

  constructor(exports: Exports) {
    this.#exports = exports;
    exports._initialize();
    // A cache may hold a module of another version.
    if (exports.webtrack_abi_version() !== ABI_VERSION) throw new Error();
    this.#batch = exports.webtrack_batch_create(0, 0);
    if (this.#batch === 0) throw new Error();
  }

  /** Events in the batch. */
  get events(): number {
    return this.#exports.webtrack_logs(this.#batch);
  }

  destroy(): void {
    this.#exports.webtrack_batch_destroy(this.#batch);
  }

  /** Bytes of the module's memory; it never shrinks. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /**
   * Appends one event, `[key, value, key, value, …]`. Returns the bytes of the batch's JSON, or a Status if it fails,
   * which leaves the batch unchanged.
   */
  append(fields: readonly string[]): number {
    const count = fields.length / 2;
    const length = this.#writeTerminated(fields);
    // Too little room counts as NUL: the sized notation makes room.
    let result =
      length < 0 ? Status.NUL_IN_TEXT : this.#exports.webtrack_append(this.#batch, length, count);
    if (result === Status.NUL_IN_TEXT) {
      const sized = this.#writeSized(fields);
      if (sized < 0) return sized;
      result = this.#exports.webtrack_append_sized(this.#batch, sized, count);
    }
    if (result >= 0 && count <= REMEMBERED_FIELDS) this.#last[count] = fields;
    return result;
  }

  /** Sets the envelope. Returns like `append`. */
  setEnvelope({ source, topic, tags }: Envelope): number {
    const strings = [source, topic, ...Object.entries(tags).flat()];
    const length = this.#writeSized(strings);
    if (length < 0) return length;
    return this.#exports.webtrack_envelope(this.#batch, length, strings.length);
  }

  /**
   * Seals as many of the oldest events as fit into `maxBytes` on the wire; undefined if none fits. The events stay in
   * the open batch until `discard`.
   */
  seal(maxBytes: number, level: Level): Batch | undefined {
    const core = this.#exports;
    const events = core.webtrack_seal(this.#batch, LEVELS[level], maxBytes);
    if (events <= 0) return undefined;
    const body = this.#sealed();
    const rawBytes = core.webtrack_sealed_raw_bytes(this.#batch);
    return { body, rawBytes, encoding: body.length < rawBytes ? 'lz4' : 'plain', events };
  }

  /** Removes the oldest events. */
  discard(events: number): void {
    this.#exports.webtrack_discard(this.#batch, events);
    this.#last = [];
  }

  /** Creates another batch in the same module. */
  another(): Core {
    return new Core(this.#exports);
  }

  /** Decompresses an LZ4 block. Throws a RangeError if the block is damaged. */
  unpack(block: Uint8Array, rawBytes: number): Uint8Array {
    this.#inputArea(block.length)?.set(block);
    if (this.#exports.webtrack_unpack(this.#batch, block.length, rawBytes) < 0) throw RangeError();
    return this.#sealed();
  }

  /** Decides what to do after a request; `failures`: failures in a row, with this one. */
  decide(
    { status, errorCode = '', retryAfter = 0 }: Outcome,
    compressed: boolean,
    failures: number,
  ): Decision {
    const input = this.#inputArea(MAX_CODE_BYTES);
    const code = errorCode.slice(0, MAX_CODE_BYTES / 3);
    const packed = this.#exports.webtrack_decide(
      this.#batch,
      status,
      input ? put(input, 0, code) : 0,
      Number(compressed),
      failures,
      Math.min(retryAfter, 2 ** 31),
      Math.random() * 2 ** 32,
    );
    return { action: ACTIONS[packed & 15] ?? 'retry', delay: packed >>> 4 };
  }

  // Copies the result of the last seal or unpack out of the module's memory.
  #sealed(): Uint8Array<ArrayBuffer> {
    const core = this.#exports;
    const at = core.webtrack_sealed_data(this.#batch);
    const bytes = core.webtrack_sealed_bytes(this.#batch);
    return new Uint8Array(core.memory.buffer as ArrayBuffer, at, bytes).slice();
  }

  // The module's input area, with room for `bytes`; undefined if the core has no memory for it.
  #inputArea(bytes: number): Uint8Array | undefined {
    // When the module's memory grows, the old view's length becomes 0.
    if (this.#input.length < bytes || this.#input.length === 0) {
      const room = Math.max(bytes, 8192);
      const at = this.#exports.webtrack_input(this.#batch, room);
      if (at === 0) return undefined;
      this.#input = new Uint8Array(this.#exports.memory.buffer, at, room);
    }
    return this.#input;
  }

  // Writes keys and values, each with a NUL after it. Returns the bytes, or a negative number if the present input area
  // might be too small.
  #writeTerminated(fields: readonly string[]): number {
    const input = this.#input;
    const last = this.#last[fields.length / 2] ?? NO_FIELDS;
    let at = 0;
    for (let i = 0; i < fields.length; i += 2) {
      const key = fields[i] as string;
      const value = fields[i + 1] as string;
      if (at + 3 * (key.length + value.length) + 2 > input.length) return -1;
      if (value === last[i + 1] && key === last[i]) {
        input[at++] = SAME_FIELD;
        continue;
      }
      // Two calls, so that the JavaScript engine optimizes each on its own: keys are short and repeat.
      at = put(input, at, key);
      input[at++] = 0;
      at = put(input, at, value);
      input[at++] = 0;
    }
    return at;
  }

  // Writes each string after its length in bytes, 32 bits little endian. Returns the bytes, or a Status.
  #writeSized(strings: readonly string[]): number {
    const units = strings.reduce((sum, { length }) => sum + length, 0);
    if (units > MAX_BODY_BYTES) return Status.TOO_LARGE;
    // Text is mostly ASCII: try one byte per unit first, then the worst case of three.
    return this.#trySized(strings, units) || this.#trySized(strings, 3 * units);
  }

  // As #writeSized, with room for `bytes` of text. Returns 0 if that is too little.
  #trySized(strings: readonly string[], bytes: number): number {
    const input = this.#inputArea(4 * strings.length + bytes);
    if (input === undefined) return Status.NO_MEMORY;
    const view = new DataView(input.buffer, input.byteOffset);
    let at = 0;
    for (const text of strings) {
      const end = put(input, at + 4, text);
      if (end > input.length) return 0;
      view.setUint32(at, end - at - 4, true);
      at = end;
    }
    return at;
  }
}

const NO_FIELDS: readonly string[] = [];

// Writes `text` as UTF-8 and returns the index after its end, or where it would end if there is too little room. Not by
// TextEncoder: a call costs as much as this loop over 200 characters, and afterwards Chromium keeps the string in a
// form that is several times slower to read.
function put(into: Uint8Array, start: number, text: string): number {
  let at = start;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bits |= unit;
    into[at++] = unit;
  }
  // Text is mostly ASCII: check once at the end, not for each character.
  return bits > 0x7f ? putUtf8(into, start, text) : at;
}

function putUtf8(into: Uint8Array, start: number, text: string): number {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if ((code & 0xf800) === 0xd800) {
      const point = text.codePointAt(i) as number;
      code = point > 0xffff ? point : 0xfffd; // a lone surrogate becomes U+FFFD, as in TextEncoder
      if (point > 0xffff) i++;
    }
    if (code < 0x80) {
      into[at++] = code;
      continue;
    }
    if (code < 0x800) {
      into[at++] = 0xc0 | (code >> 6);
    } else {
      if (code < 0x10000) {
        into[at++] = 0xe0 | (code >> 12);
      } else {
        into[at++] = 0xf0 | (code >> 18);
        into[at++] = 0x80 | ((code >> 12) & 0x3f);
      }
      into[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    into[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}
