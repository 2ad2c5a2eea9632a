// vitest runs the tests that need no browser: the glue in Node, and the collector through its HTTP interface.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The same constant as in scripts/bundles.mjs.
  define: { WEBTRACK_VERSION: JSON.stringify('0.0.0') },
  test: {
    setupFiles: ['tests/js/natives_setup.ts'],
    // One for each processor would leave them idle: many tests wait for the collector.
    maxWorkers: 4,
    include: ['tests/js/**/*.test.ts', 'tests/collector/**/*.test.ts'],
    testTimeout: 20_000,
  },
});
