// vitest runs what needs no browser: the glue in Node, and the collector from outside.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    include: ['tests/js/**/*.test.ts', 'tests/collector/**/*.test.ts'],
    testTimeout: 20_000,
  },
});
