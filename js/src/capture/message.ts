/** A message of a browser or a script: an address in it, whole or a path, loses its user, its parameters and its fragment. */
export function withoutSecrets(message: string): string {
  return message
    .replace(/\/\/[^\s/?#]*@/g, '//')
    .replace(/(\/[^\s?#'"`<>]*)[?#][^\s'"`<>]*/g, '$1');
}
