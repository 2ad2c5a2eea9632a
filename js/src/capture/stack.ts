// Converts the stacks of errors, whose format depends on the browser, to lines of `function@url:line:column`. Anybody
// may write a stack of any length, so each step takes time in proportion to the text.

const FRAMES = 20;
/** Most characters of a stack that are searched for frames, and most of a line that may be one. */
const MAX_STACK = 100_000;
const MAX_LINE = 2_000;
/** How often the text between the error's name and its message may be in the name. */
const MAX_COLONS = 10;

/** The end of a frame's place: `:line:column`, or an offset into WebAssembly. */
const POSITION = /:(?:\d+:\d+|0x\w+)$/;

/**
 * Returns the innermost frame first, at most 20; '' if there are none. `message` is the error's message, which Chromium
 * writes before the frames.
 */
export function stackOf(stack: string, message: string): string {
  // Remove the message: it may contain another stack, such as one that a server sent.
  const lines = withoutMessage(stack, message).slice(0, MAX_STACK).split('\n');
  const inChromium = lines.filter((line) => /^ +at /.test(line));
  const frameOf = inChromium.length > 0 ? chromiumFrame : otherFrame;
  const frames: string[] = [];
  for (const line of inChromium.length > 0 ? inChromium : lines) {
    const frame = line.length <= MAX_LINE && frameOf(line);
    if (frame) frames.push(frame);
    if (frames.length === FRAMES) break;
  }
  return frames.join('\n');
}

// Does not search for the message: that can take the product of both lengths.
function withoutMessage(stack: string, message: string): string {
  let at = stack.indexOf(': ');
  for (let colons = 0; message && at >= 0 && colons < MAX_COLONS; colons++) {
    if (stack.startsWith(message, at + 2)) {
      return (
        stack.slice(0, at) +
        stack.slice(at + 2 + message.length, at + 2 + message.length + MAX_STACK)
      );
    }
    at = stack.indexOf(': ', at + 1);
  }
  return stack;
}

/** Chromium: `    at async new f [as g] (url:1:2)`, `    at url:1:2`. */
function chromiumFrame(line: string): string {
  const frame = line.replace(/^ +at (?:async |new )*/, '');
  const at = frame.indexOf(' (');
  if (at < 0 || !frame.endsWith(')')) return frameAt('', frame);
  return frameAt(frame.slice(0, at).split(' [as ', 1)[0] as string, frame.slice(at + 2, -1));
}

/** Firefox and Safari: `async*f@url:1:2`, `@url:1:2`, `url:1:2`, `map@[native code]`; undefined for another line. */
function otherFrame(line: string): string | undefined {
  const at = line.indexOf('@');
  const place = line.slice(at + 1);
  if (place === '[native code]') {
    // The call of `eval` has a frame of its own, which follows.
    return line.startsWith('eval@')
      ? undefined
      : frameAt(line.slice(0, Math.max(0, at)), '<anonymous>');
  }
  if (!POSITION.test(place)) return undefined;
  return frameAt(line.slice(0, Math.max(0, at)), place);
}

function frameAt(name: string, place: string): string {
  const plain = name.slice(name.lastIndexOf('*') + 1).replace(/^(global|module) code$/, '');
  return `${plain}@${placeOf(place)}`;
}

/**
 * Returns `url:line:column` without user, query and fragment, without the content of a `data:` address and the folders
 * of a file. For code in `eval`, returns the place of the call of `eval`; Firefox does not reveal its column.
 */
export function placeOf(place: string): string {
  return place
    .replace(/^eval at .*?\(([^()]+:\d+:\d+)\).*/, '$1')
    .replace(/ line (\d+) > .*/, ':$1')
    .replace(/\/\/[^/?#]*@/, '//')
    .replace(/^(data:|[^?#]*).*?((?::\d+){0,2})$/, '$1$2')
    .replace(/^file:.*\//, 'file:///');
}
