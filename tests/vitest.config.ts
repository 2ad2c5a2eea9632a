// vitest runs what needs no browser: the glue in Node, and the collector from outside.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As scripts/build.mjs does.
  define: { WEBTRACK_VERSION: JSON.stringify('0.0.0') },
  test: {
    include: ['tests/js/**/*.test.ts', 'tests/collector/**/*.test.ts'],
    testTimeout: 20_000,
  },
});
