// vitest runs what needs no browser: the glue in Node, and the collector from outside.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/js/**/*.test.ts', 'tests/collector/**/*.test.ts'],
    testTimeout: 20_000,
  },
});
