// Stacks as each browser writes them, and the common form in which they are recorded.

import { expect, test } from 'vitest';
import { placeOf, stackOf } from '../../../js/src/capture/stack.ts';

const lines = (...each: string[]) => each.join('\n');

test('the message is removed once, also behind a name with a colon', () => {
  const frame = '    at f (https://shop.example/a.js:1:2)';
  const stack = `Shop: Cart: empty: ${frame}\n${frame}`;
  expect(stackOf(stack, `empty: ${frame}`)).toBe('f@https://shop.example/a.js:1:2');
});

test.each<[string, { message?: string; written: string; frames: string[] }]>([
  [
    'Chromium: functions, methods, constructors and anonymous code',
    {
      message: "Cannot read properties of undefined (reading 'price')",
      written: lines(
        "TypeError: Cannot read properties of undefined (reading 'price')",
        '    at total (https://shop.example/js/cart.js:12:34)',
        '    at Cart.update [as onchange] (https://shop.example/js/cart.js:40:5)',
        '    at new Cart (https://shop.example/js/cart.js:3:10)',
        '    at Object.<anonymous> (https://shop.example/js/main.js:7:1)',
        '    at Array.map (<anonymous>)',
        '    at https://shop.example/js/main.js:9:2',
        '    at HTMLButtonElement.onclick (https://shop.example/:20:31)',
      ),
      frames: [
        'total@https://shop.example/js/cart.js:12:34',
        'Cart.update@https://shop.example/js/cart.js:40:5',
        'Cart@https://shop.example/js/cart.js:3:10',
        'Object.<anonymous>@https://shop.example/js/main.js:7:1',
        'Array.map@<anonymous>',
        '@https://shop.example/js/main.js:9:2',
        'HTMLButtonElement.onclick@https://shop.example/:20:31',
      ],
    },
  ],
  [
    'Chromium: async frames',
    {
      message: 'late',
      written: lines(
        'Error: late',
        '    at async load (https://shop.example/js/api.js:4:9)',
        '    at async Promise.all (index 1)',
        '    at async https://shop.example/js/main.js:2:3',
        '    at async Object.async (https://shop.example/js/main.js:5:3)',
      ),
      frames: [
        'load@https://shop.example/js/api.js:4:9',
        'Promise.all@index 1',
        '@https://shop.example/js/main.js:2:3',
        'Object.async@https://shop.example/js/main.js:5:3',
      ],
    },
  ],
  [
    'Chromium: nested eval, Function, and code typed into the console',
    {
      message: 'made up',
      written: lines(
        'Error: made up',
        '    at eval (eval at <anonymous> (eval at run (https://shop.example/js/a.js:5:7)), <anonymous>:1:7)',
        '    at eval (eval at run (https://shop.example/js/a.js:5:7), <anonymous>:1:1)',
        '    at made (eval at run (https://shop.example/js/a.js:6:7), <anonymous>:3:11)',
        '    at run (https://shop.example/js/a.js:5:7)',
        '    at <anonymous>:1:1',
      ),
      frames: [
        'eval@https://shop.example/js/a.js:5:7',
        'eval@https://shop.example/js/a.js:5:7',
        'made@https://shop.example/js/a.js:6:7',
        'run@https://shop.example/js/a.js:5:7',
        '@<anonymous>:1:1',
      ],
    },
  ],
  [
    'Chromium: unusual URLs',
    {
      message: 'odd',
      written: lines(
        'Error: odd',
        '    at f (https://shop.example:8443/js/a(1).js:1:2)',
        '    at https://shop.example/js/a(1).js:1:2',
        '    at g (https://cdn.example/npm/vue@3.4.0/dist/vue.js:1:2)',
        '    at h (blob:https://shop.example/0b8c-11:3:4)',
        '    at i (webpack-internal:///./src/a.js:5:6)',
        '    at j (https://shop.example/a.wasm:wasm-function[12]:0x1ab)',
        '    at k (file:///C:/Users/a%20b/a.js:7:8)',
      ),
      frames: [
        'f@https://shop.example:8443/js/a(1).js:1:2',
        '@https://shop.example/js/a(1).js:1:2',
        'g@https://cdn.example/npm/vue@3.4.0/dist/vue.js:1:2',
        'h@blob:https://shop.example/0b8c-11:3:4',
        'i@webpack-internal:///./src/a.js:5:6',
        'j@https://shop.example/a.wasm:wasm-function[12]:0x1ab',
        'k@file:///a.js:7:8',
      ],
    },
  ],
  [
    'Chromium: a message that contains a stack',
    {
      message: 'answer 500:\n    at handle (/srv/app.js:1:2)\nroot@http://db:1:2',
      written: lines(
        'ApiError: answer 500:',
        '    at handle (/srv/app.js:1:2)',
        'root@http://db:1:2',
        '    at ask (https://shop.example/js/api.js:8:9)',
      ),
      frames: ['ask@https://shop.example/js/api.js:8:9'],
    },
  ],
  [
    'Chromium: a message without frames',
    {
      message: 'me@shop.example:1:2',
      written: 'SyntaxError: me@shop.example:1:2',
      frames: [],
    },
  ],
  [
    'Firefox: functions, listeners and async frames',
    {
      message: 'cart is undefined',
      written: lines(
        'total@https://shop.example/js/cart.js:12:34',
        'update/<@https://shop.example/js/cart.js:40:5',
        '@https://shop.example/js/main.js:9:2',
        'onclick@https://shop.example/:1:1',
        'async*load@https://shop.example/js/api.js:4:9',
        'setTimeout handler*later@https://shop.example/js/api.js:5:9',
        'EventListener.handleEvent*@https://shop.example/js/api.js:6:9',
        '',
      ),
      frames: [
        'total@https://shop.example/js/cart.js:12:34',
        'update/<@https://shop.example/js/cart.js:40:5',
        '@https://shop.example/js/main.js:9:2',
        'onclick@https://shop.example/:1:1',
        'load@https://shop.example/js/api.js:4:9',
        'later@https://shop.example/js/api.js:5:9',
        '@https://shop.example/js/api.js:6:9',
      ],
    },
  ],
  [
    'Firefox: nested eval, Function, WebAssembly',
    {
      message: 'made up',
      written: lines(
        '@https://shop.example/js/a.js line 5 > eval:1:7',
        '@https://shop.example/js/a.js line 5 > eval line 1 > eval:1:7',
        'made@https://shop.example/js/a.js line 6 > Function:3:11',
        'run@https://shop.example/js/a.js:5:7',
        'j@https://shop.example/a.wasm:wasm-function[12]:0x1ab',
        '',
      ),
      frames: [
        '@https://shop.example/js/a.js:5',
        '@https://shop.example/js/a.js:5',
        'made@https://shop.example/js/a.js:6',
        'run@https://shop.example/js/a.js:5:7',
        'j@https://shop.example/a.wasm:wasm-function[12]:0x1ab',
      ],
    },
  ],
  [
    'Safari: native code, eval, modules and async frames',
    {
      message: "undefined is not an object (evaluating 'cart.price')",
      written: lines(
        'total@https://shop.example/js/cart.js:12:34',
        'forEach@[native code]',
        'https://shop.example/js/cart.js:14:2',
        '[native code]',
        'eval code@',
        'eval@[native code]',
        'asyncFunctionResume@[native code]',
        'module code@https://shop.example/js/main.js:1:1',
        'global code@https://shop.example/:20:31',
      ),
      frames: [
        'total@https://shop.example/js/cart.js:12:34',
        'forEach@<anonymous>',
        '@https://shop.example/js/cart.js:14:2',
        '@<anonymous>',
        'asyncFunctionResume@<anonymous>',
        '@https://shop.example/js/main.js:1:1',
        '@https://shop.example/:20:31',
      ],
    },
  ],
  [
    'Chromium: private parts of URLs are removed',
    {
      message: 'private',
      written: lines(
        'Error: private',
        '    at f (https://ann:secret@shop.example/js/a.js?token=1:2#top:3:4)',
        '    at https://shop.example/account?mail=a@b.example:5:6',
        '    at eval (eval at g (https://shop.example/js/a.js?v=2:7:8), <anonymous>:1:1)',
        '    at h (data:text/javascript,throw%20secret:1:7)',
      ),
      frames: [
        'f@https://shop.example/js/a.js:3:4',
        '@https://shop.example/account:5:6',
        'eval@https://shop.example/js/a.js:7:8',
        'h@data::1:7',
      ],
    },
  ],
  [
    'Firefox and Safari: private parts of URLs are removed',
    {
      message: 'private',
      written: lines(
        'f@https://ann:secret@shop.example/js/a.js?token=1:2#top:3:4',
        '@https://shop.example/account?mail=a@b.example:5:6',
        '@https://shop.example/js/a.js?v=2 line 7 > eval:1:1',
        'h@data:text/javascript,throw%20secret:1:7',
      ),
      frames: [
        'f@https://shop.example/js/a.js:3:4',
        '@https://shop.example/account:5:6',
        '@https://shop.example/js/a.js:7',
        'h@data::1:7',
      ],
    },
  ],
  [
    'a stack of unknown form has no frames',
    { message: 'x', written: 'Error: x\n  somewhere', frames: [] },
  ],
  ['an empty stack has no frames', { written: '', frames: [] }],
])('%s', (_, { message = '', written, frames }) => {
  expect(stackOf(written, message).split('\n').filter(Boolean)).toEqual(frames);
});

test.each([
  ['Chromium', (n: number) => `    at f${n} (https://shop.example/a.js:${n}:1)`],
  ['Firefox', (n: number) => `f${n}@https://shop.example/a.js:${n}:1`],
])('only the 20 innermost frames are kept, in %s', (_, frame) => {
  const written = Array.from({ length: 90 }, (_, n) => frame(n + 1)).join('\n');
  const frames = stackOf(written, 'deep').split('\n');
  expect(frames).toHaveLength(20);
  expect(frames[0]).toBe('f1@https://shop.example/a.js:1:1');
  expect(frames[19]).toBe('f20@https://shop.example/a.js:20:1');
});

test('a message with the patterns of String.replace is removed from the stack', () => {
  const message = "$& $1 $' .*";
  const written = `Error: ${message}\n    at f (https://shop.example/a.js:1:2)`;
  expect(stackOf(written, message)).toBe('f@https://shop.example/a.js:1:2');
});

test('a URL without line and column is accepted', () => {
  expect(placeOf('https://shop.example/a.js?secret')).toBe('https://shop.example/a.js');
  expect(placeOf('<anonymous>')).toBe('<anonymous>');
});
