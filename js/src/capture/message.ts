/** A message of a browser or a script: an address in it loses its user, its parameters and its fragment. */
export function withoutSecrets(message: string): string {
  return message.replace(/(\w:\/\/)(?:[^\s/?#]*@)?([^\s?#]*)(?:[?#]\S*)?/g, '$1$2');
}
