import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

// tests/support/cluster.ts reads this one.
process.env.PIPELINE_TEST_POSTGRES = '15';

/** The tests that need a database, on the oldest supported one; the product as a process always runs on its own. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: ['tests/**/*.test.ts'],
      exclude: ['tests/{cli,e2e,faults,server}/**', 'node_modules/**'],
    },
  }),
);
