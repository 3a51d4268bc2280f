import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, without `.test.ts`. A list that is out of date costs the end of a run some seconds of one core. */
const LONG = [
  'test/faults/r5-two-hubs',
  'test/faults/reseal-killed',
  'test/faults/r7-disk-clock-index',
  'test/faults/r4-node-killed',
  'test/attack/hub/query-budget',
  'test/e2e/hub/enrolment',
  'test/attack/sealing-secrets',
  'test/e2e/node/decoders',
  'test/e2e/node/backup',
  'test/e2e/fit-geometry',
  'test/unit/fingerprint/hash-photo',
  'test/unit/evaluation/fit',
  'test/unit/evaluation/compare-photos',
  'test/e2e/main-job',
  'test/e2e/bad-input',
  'test/e2e/tls',
  'test/e2e/dups',
  'test/e2e/compare',
  'test/unit/fingerprint/geometry/geometry-thread',
  'test/e2e/node/receipts',
  'test/e2e/hub/restore-cli',
  'test/e2e/node/seal-key-handover',
  'test/e2e/node/enrolment-cli',
  'test/e2e/hub/several-hubs',
  'test/attack/node/image-roots',
  'test/e2e/node/extreme-photos',
  'test/e2e/hub/operator-cli',
  'test/e2e/node/reseal-meanwhile',
  'test/e2e/observed-processes',
  'test/attack/sealing',
  'test/golden/hashes',
];

/** Long files first and those that share a process last, so that no core waits for the other at the end. */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId, project }: TestSpecification): number {
  const place = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return (project.config.isolate ? 0 : LONG.length + 1) + (place < 0 ? LONG.length : place);
}
