// Listeners that a plug-in adds to the page, and takes away again.

export interface Listening {
  /**
   * Hears an event before the page does, and cannot hold it up or prevent it. What `heed` throws is swallowed: it
   * would be an error of the page. Without `capture` only those of the target itself, where they do not bubble.
   */
  on<Heard extends Event>(
    target: EventTarget,
    type: string,
    heed: (event: Heard) => void,
    capture?: boolean,
  ): void;
  /** Ends all of it, until more is listened to. */
  end(): void;
}

// Without an AbortController: the first one of a page takes it a third of a millisecond to listen and to end.
export function listening(): Listening {
  const stops: (() => void)[] = [];
  return {
    on(target, type, heed, capture = true) {
      const listener = (event: Event) => {
        try {
          heed(event as Parameters<typeof heed>[0]);
        } catch {
          // An odd page, of which we then know less.
        }
      };
      target.addEventListener(type, listener, { capture, passive: true });
      // A part of the page that is gone is not kept for that.
      const known = new WeakRef(target);
      stops.push(() => known.deref()?.removeEventListener(type, listener, capture));
    },
    end() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}
