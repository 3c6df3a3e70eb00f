import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@tests': path.resolve('tests'), '@': path.resolve('src') } },
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts', 'scripts/**/*.test.ts', 'trainers/**/*.test.ts'],
    exclude: ['tests/faults/**', 'tests/e2e/**', 'node_modules/**'],
    globalSetup: ['tests/support/cluster.ts'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
