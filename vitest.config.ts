import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';
import LongFirst from './test/run/long-first.js';

// `--mode faults`, `fuzz` and `attacks`: these suites in full (npm run test:faults, test:fuzz, test:attacks).
const FULL = ['faults', 'fuzz', 'attacks'];

// Nothing that these leave behind in a process could disturb one another, and most of their time was its start.
const TOGETHER = ['test/{unit,property,golden,contract,attack,e2e}/**/*.test.ts'];
/** These count the decoders of their process, measure memory or time, or run ahead of the clock: ids of a process never go back. */
const APART = [
  'test/{faults,fuzz}/**/*.test.ts',
  'test/unit/fingerprint/{decoder-pool,heic}.test.ts',
  'test/contract/ledger.test.ts',
  'test/attack/sealing-secrets.test.ts',
  'test/attack/hub/{a-credentials,climb,query-budget,timing,token-memory}.test.ts',
  'test/attack/node/broken-photos.test.ts',
  'test/e2e/hub/{enrolment,hub-keys,key-change-budget,repetition,restore,tenant-budget}.test.ts',
  'test/e2e/node/{constant-memory,decoders,failures,metrics,newest-receipt,remembered-hits,tenant-budget}.test.ts',
  'test/e2e/gpu.test.ts',
];

export default defineConfig(({ mode }) => ({
  resolve: {
    // One copy of graphql: its ESM and CommonJS builds refuse each other's schemas.
    alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }],
  },
  test: {
    projects: [
      // The mode is not handed on to projects.
      { extends: true, mode, test: { name: 'apart', include: APART } },
      { extends: true, mode, test: { name: 'together', include: TOGETHER, exclude: APART, isolate: false } },
    ],
    sequence: { sequencer: LongFirst },
    // Commands, servers and decoders run as they are built.
    globalSetup: ['test/support/build.ts'],
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['./test/run/reporter.ts'],
    // The figures of a suite in full are wanted; else what a test prints is shown if it fails.
    silent: FULL.includes(mode) ? false : 'passed-only',
    env: {
      CLAIMPRINT_FAULTS: mode === 'faults' || mode === 'attacks' ? 'full' : 'short',
      CLAIMPRINT_FUZZ: mode === 'fuzz' ? 'full' : 'short',
    },
    // A busy machine takes its time.
    testTimeout: FULL.includes(mode) ? 4 * 3_600_000 : 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
}));
