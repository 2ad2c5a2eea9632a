/**
 * 100 random bits as letters and digits, for ids that need not be secret. Does not use `crypto`, whose first call costs
 * a loading page more than half a millisecond.
 */
export function quickId(): string {
  return [Math.random(), Math.random()].map((part) => part.toString(36).slice(2, 12)).join('');
}

/** 64 random bits as letters and digits. Not by `randomUUID`, which pages without TLS lack. */
export function secretId(): string {
  const [high = 0, low = 0] = globalThis.crypto.getRandomValues(new Uint32Array(2));
  return high.toString(36) + low.toString(36);
}
