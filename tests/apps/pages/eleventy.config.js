export const config = { dir: { input: 'src', output: '../../../build/apps/pages' } };

export default function (eleventy) {
  eleventy.addPassthroughCopy({
    '../node_modules/webtrack-wasm/dist/webtrack.all.iife.js': 'webtrack.all.iife.js',
    'public/': '/',
  });
}
