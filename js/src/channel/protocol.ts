// The messages between a page and the shared worker. Both ends have the same version, which is part of the worker's
// name.

import type { Delivered, Group, Hello } from '../engine/engine.ts';
import type { Drop, Notice } from '../types.ts';

/** Raise it when the form of a message changes. It is part of the worker's name, as the library's version is. */
export const PROTOCOL = 2;

/** From a page; the first message is `hello`. */
export type PageMessage =
  | { kind: 'hello'; hello: Hello }
  | { kind: 'group'; group: Group }
  | { kind: 'notes'; notes: readonly (readonly [key: string, text: string])[] }
  /** The worker answers `flush` and `end` by `done` with the same id. */
  | { kind: 'flush' | 'end'; id: number }
  | { kind: 'hide' | 'show' | 'pause' | 'resume' };

/** From the worker; the first message is `ready`. */
export type WorkerMessage =
  /** `lifeLock`: name of a Web Lock that the worker holds while it lives. Missing: the browser has no Web Locks. */
  | { kind: 'ready'; stored: number; lifeLock?: string }
  | { kind: 'stored'; group: number }
  | { kind: 'delivered'; delivered: Delivered }
  | { kind: 'lost'; drop: Drop }
  | { kind: 'notice'; notice: Notice }
  | { kind: 'note_stored'; key: string }
  | { kind: 'doubted'; isInDoubt: boolean }
  | { kind: 'done'; id: number };
