// What a plug-in does in a call, a timer or an observer of the page's: its mistakes would be the page's.

/** Undefined when `run` has thrown. */
export function quietly<Answer>(run: () => Answer): Answer | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
