/**
 * Removes user, parameters and fragment from every address or path in a message of a browser or script, and the folders
 * from the address of a file.
 */
export function withoutSecrets(message: string): string {
  return message
    .replace(/\/\/[^\s/?#]*@/g, '//')
    .replace(/\/[^\s'"`<>]*/g, (address) => address.split(/[?#]/, 1)[0] as string)
    .replace(/file:\/\/[^\s'"`<>]*\//g, 'file:///');
}
