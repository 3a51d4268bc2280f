import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

// `--mode faults`, `fuzz` and `attacks`: these suites in full (npm run test:faults, test:fuzz, test:attacks).
const FULL = ['faults', 'fuzz', 'attacks'];

export default defineConfig(({ mode }) => ({
  resolve: {
    // One copy of graphql: its ESM and CommonJS builds refuse each other's schemas.
    alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Commands, servers and decoders run as they are built.
    globalSetup: ['test/support/build.ts'],
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['./test/reporter/reporter.ts'],
    // The figures of a suite in full are wanted; else what a test prints is shown if it fails.
    silent: FULL.includes(mode) ? false : 'passed-only',
    env: {
      CLAIMPRINT_FAULTS: mode === 'faults' || mode === 'attacks' ? 'full' : 'short',
      CLAIMPRINT_FUZZ: mode === 'fuzz' ? 'full' : 'short',
    },
    testTimeout: FULL.includes(mode) ? 4 * 3_600_000 : 60_000,
    hookTimeout: 60_000,
    // A busy machine takes its time.
    expect: { poll: { timeout: 15_000 } },
  },
}));
