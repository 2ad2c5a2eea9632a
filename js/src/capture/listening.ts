// Listeners that a plug-in adds to the page, and takes away again.

export interface Listening {
  /**
   * Hears an event before the page does, and cannot hold it up or prevent it. What `heed` throws is swallowed: it
   * would be an error of the page. Without `capture` only those of the target itself, where they do not bubble.
   */
  on<Heard extends Event>(
    target: EventTarget | undefined,
    type: string,
    heed: (event: Heard) => void,
    capture?: boolean,
  ): void;
  /** Ends all of it. */
  end(): void;
}

export function listening(): Listening {
  const controller = new AbortController();
  const { signal } = controller;
  return {
    on(target, type, heed, capture = true) {
      target?.addEventListener(
        type,
        (event) => {
          try {
            heed(event as Parameters<typeof heed>[0]);
          } catch {
            // An odd page, of which we then know less.
          }
        },
        { capture, passive: true, signal },
      );
    },
    end: () => controller.abort(),
  };
}
