/** A message of a browser or a script: an address in it loses its parameters and its fragment. */
export function plain(message: string): string {
  return message.replace(/(\w:\/\/[^\s?#]*)[?#]\S*/g, '$1');
}
