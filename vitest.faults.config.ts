import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

const whole = process.env.FAULTS === 'full';
/** Part of `npm test` in a short form, so that only the whole numbers are run again. */
const ALSO_WHOLE = ['tests/http/fuzz.test.ts', 'tests/http/auth-fuzz.test.ts', 'tests/http/foreign-ids.test.ts'];

/** Tests that really break things. Short by default, as part of `npm test`; FAULTS=full for the whole numbers. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: ['tests/faults/**/*.test.ts', ...(whole ? ALSO_WHOLE : [])],
      exclude: ['node_modules/**'],
      maxWorkers: 1,
      testTimeout: 1_800_000,
    },
  }),
);
