/**
 * 100 random bits as letters and digits, for ids that need not be secret. Does not use `crypto`, whose first call costs
 * a loading page more than half a millisecond.
 */
export function quickId(): string {
  return [Math.random(), Math.random()].map((part) => part.toString(36).slice(2, 12)).join('');
}

/** 64 random bits as letters and digits. Not by `randomUUID`, which pages without TLS lack. */
export function secretId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join('');
}
