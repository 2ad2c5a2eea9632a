// Modules that the build provides, see scripts/bundles.mjs.

/** The WebAssembly module as Base64. */
declare module 'core.wasm' {
  const text: string;
  export default text;
}

/**
 * The package `web-vitals` wrapped in a function: each call sets it up anew, with the given document, listen function
 * and observer.
 */
declare module 'web-vitals/attribution?factory' {
  import type { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals/attribution';

  export default function (
    globals: Pick<
      typeof globalThis,
      'PerformanceObserver' | 'Map' | 'Set' | 'WeakMap' | 'setTimeout' | 'queueMicrotask'
    > & {
      document: Document;
      addEventListener(
        type: string,
        listener: EventListener,
        options?: boolean | AddEventListenerOptions,
      ): void;
      removeEventListener(
        type: string,
        listener: EventListener,
        options?: boolean | EventListenerOptions,
      ): void;
    },
  ): {
    onCLS: typeof onCLS;
    onFCP: typeof onFCP;
    onINP: typeof onINP;
    onLCP: typeof onLCP;
    onTTFB: typeof onTTFB;
  };
}
