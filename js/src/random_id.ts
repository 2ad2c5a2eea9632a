/** 64 random bits as letters and digits. Not randomUUID, which pages without TLS lack. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join('');
}
