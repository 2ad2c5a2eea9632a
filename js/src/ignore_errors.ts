/**
 * Calls `run` and returns its result, or undefined if it throws. For calls, timers and observers of the page, where an
 * error of the library would surface as an error of the page.
 */
export function ignoreErrors<Answer>(run: () => Answer): Answer | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
