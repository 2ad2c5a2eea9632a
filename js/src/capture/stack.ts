// Stacks of errors, which each browser writes in a way of its own, as lines of `function@url:line:column`.

const FRAMES = 20;

/** `    at async new f [as g] (url:1:2)`, `    at url:1:2`: Chromium. */
const CHROMIUM = /^ +at (?:async |new )*(?:(.*?)(?: \[as .*\])? \()?(.*?)\)?$/gm;
/** `async*f@url:1:2`, `@url:1:2`, `url:1:2`, `[native code]`: Firefox and Safari. */
const OTHERS = /^(?:(.*?)@)?(.*:(?:\d+:\d+|0x\w+)|\[native code])$/gm;

/** Innermost frame first, at most 20; '' when none is known. `message`: what the error says, which Chromium writes ahead. */
export function stackOf(written: string, message: string): string {
  // A message may hold a stack itself, as a server's answer does.
  const frames = written.replace(`: ${message}`, '');
  return [...frames.matchAll(/^ +at /m.test(frames) ? CHROMIUM : OTHERS)]
    .slice(0, FRAMES)
    .map(([, name = '', place = '']) => {
      return `${name.replace(/.*\*|(global|module) code/, '')}@${placeOf(place)}`;
    })
    .join('\n');
}

/**
 * `url:line:column` without user, query and fragment, and without the content of a data address. Of code that a
 * script has made up (`eval`) the place in that script: without a column in Firefox, which does not tell it.
 */
export function placeOf(place: string): string {
  return place
    .replace(/^eval at .*?\(([^()]+:\d+:\d+)\).*/, '$1')
    .replace(/ line (\d+) > .*/, ':$1')
    .replace(/\/\/[^/?#]*@/, '//')
    .replace(/^(data:|[^?#]*).*?((?::\d+){0,2})$/, '$1$2');
}
