// Listeners that a plug-in adds to the page, and takes away again.

export interface Listening {
  /**
   * Hears an event before the page does, and cannot hold it up or prevent it. What `heed` throws is swallowed: it
   * would be an error of the page.
   */
  on<Heard extends Event>(
    target: EventTarget | undefined,
    type: string,
    heed: (event: Heard) => void,
  ): void;
  /** Ends all of it. */
  end(): void;
}

export function listening(): Listening {
  const controller = new AbortController();
  const options = { capture: true, passive: true, signal: controller.signal };
  return {
    on(target, type, heed) {
      target?.addEventListener(
        type,
        (event) => {
          try {
            heed(event as Parameters<typeof heed>[0]);
          } catch {
            // An odd page, of which we then know less.
          }
        },
        options,
      );
    },
    end: () => controller.abort(),
  };
}
