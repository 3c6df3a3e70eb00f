import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import config from './vitest.config';

// The same tests on the oldest supported Postgres; tests/support/cluster.ts reads the variable.
process.env.PIPELINE_TEST_POSTGRES = '15';

export default mergeConfig(config, defineConfig({ test: { exclude: [...configDefaults.exclude, 'scripts/**'] } }));
