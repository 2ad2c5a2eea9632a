// Converts the stacks of errors, whose format depends on the browser, to lines of `function@url:line:column`.

const FRAMES = 20;

/** `    at async new f [as g] (url:1:2)`, `    at url:1:2`: Chromium. */
const CHROMIUM = /^ +at (?:async |new )*(?:(.*?)(?: \[as .*\])? \()?(.*?)\)?$/gm;
/** `async*f@url:1:2`, `@url:1:2`, `url:1:2`, `[native code]`: Firefox and Safari. */
const FIREFOX_SAFARI = /^(?:(.*?)@)?(.*:(?:\d+:\d+|0x\w+)|\[native code])$/gm;

/**
 * Returns the innermost frame first, at most 20; '' if there are none. `message` is the error's message, which Chromium
 * writes before the frames.
 */
export function stackOf(stack: string, message: string): string {
  // Remove the message: it may contain another stack, such as one that a server sent.
  const frames = stack.replace(`: ${message}`, '');
  return [...frames.matchAll(/^ +at /m.test(frames) ? CHROMIUM : FIREFOX_SAFARI)]
    .slice(0, FRAMES)
    .map(([, name = '', place = '']) => {
      return `${name.replace(/.*\*|(global|module) code/, '')}@${placeOf(place)}`;
    })
    .join('\n');
}

/**
 * Returns `url:line:column` without user, query and fragment, and without the content of a `data:` address. For code in
 * `eval`, returns the place of the call of `eval`; Firefox does not reveal its column.
 */
export function placeOf(place: string): string {
  return place
    .replace(/^eval at .*?\(([^()]+:\d+:\d+)\).*/, '$1')
    .replace(/ line (\d+) > .*/, ':$1')
    .replace(/\/\/[^/?#]*@/, '//')
    .replace(/^(data:|[^?#]*).*?((?::\d+){0,2})$/, '$1$2');
}
