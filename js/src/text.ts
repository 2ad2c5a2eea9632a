// Cuts and mends texts that come from a page or its visitors.

/** The first `length` UTF-16 units of `text`, or one less if that would cut a character into halves. */
export function cut(text: string, length: number): string {
  const splits = text.length > length && (text.charCodeAt(length) & 0xfc00) === 0xdc00;
  return text.slice(0, splits ? length - 1 : length);
}

/** `text` with U+FFFD in place of each half of a character: encoders throw on it, and JSON readers may reject it. */
export function wellFormed(text: string): string {
  const { toWellFormed } = text as { toWellFormed?: () => string };
  return toWellFormed ? toWellFormed.call(text) : text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}
