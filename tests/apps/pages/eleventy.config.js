export const config = { dir: { input: 'src', output: '../../../build/apps/pages' } };

export default function (eleventy) {
  eleventy.addPassthroughCopy({
    '../node_modules/webtrack-wasm/dist/webtrack.iife.js': 'webtrack.iife.js',
    'public/': '/',
  });
}
