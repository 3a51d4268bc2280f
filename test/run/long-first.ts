import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, without `.test.ts`. A list that is out of date costs the end of a run some seconds of one core. */
const LONG = [
  'test/e2e/node/backup',
  'test/faults/r5-two-hubs',
  'test/e2e/main-job',
  'test/e2e/tls',
  'test/e2e/bad-input',
  'test/unit/evaluation/fit',
  'test/e2e/node/older-key-later',
  'test/e2e/node/reseal-meanwhile',
  'test/e2e/observed-processes',
  'test/e2e/hub/restore-cli',
  'test/e2e/node/receipts',
  'test/e2e/node/enrolment-cli',
  'test/e2e/node/failures',
  'test/faults/reseal-killed',
  'test/faults/r4-node-killed',
  'test/faults/r7-disk-clock-index',
  'test/attack/sealing',
  'test/unit/evaluation/compare-photos',
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
