// What the build puts in, see scripts/build.mjs.

/** The module as Base64. */
declare module 'core.wasm' {
  const text: string;
  export default text;
}

/** The package as a function: what it does when it is loaded it does at each call, by the means that it is given. */
declare module 'web-vitals/attribution?factory' {
  import type { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals/attribution';

  export default function (
    listen: (
      type: string,
      heed: EventListener,
      options?: boolean | AddEventListenerOptions,
    ) => void,
    Observer: typeof PerformanceObserver,
  ): {
    onCLS: typeof onCLS;
    onFCP: typeof onFCP;
    onINP: typeof onINP;
    onLCP: typeof onLCP;
    onTTFB: typeof onTTFB;
  };
}
