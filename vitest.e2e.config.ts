import path from 'node:path';
import { defineConfig } from 'vitest/config';

// One browser and one running product; the files take turns, because both are shared.
export default defineConfig(({ mode }) => ({
  resolve: { alias: { '@tests': path.resolve('tests'), '@': path.resolve('src') } },
  test: {
    include: ['tests/e2e/**/*.test.ts'],
    globalSetup: ['tests/e2e/setup.ts'],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 180_000,
    // `--mode screens` takes the pictures of docs/screens anew.
    env: { PIPELINE_RENEW_SCREENS: mode === 'screens' ? '1' : '' },
  },
}));
