/** Removes user, parameters and fragment from every address or path in a message of a browser or script. */
export function withoutSecrets(message: string): string {
  return message
    .replace(/\/\/[^\s/?#]*@/g, '//')
    .replace(/(\/[^\s?#'"`<>]*)[?#][^\s'"`<>]*/g, '$1');
}
