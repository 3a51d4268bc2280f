import type { SerializedError } from 'vitest';
import { DefaultReporter, type TestModule, type TestRunEndReason, type TestSpecification } from 'vitest/node';
import { failuresOf } from './failures.js';
import { printed } from './printed.js';

/** With no more files than these each has a line of its own. */
const FEW_FILES = 20;
/** How many files are done between two lines of progress. */
const PROGRESS_FILES = 50;
const LONGEST_FILES = 12;

/**
 * Says little of what passes, and ends with what any reader of a log looks for: the longest files, each failure with the
 * first lines of its error, and one plain line of counts.
 */
export default class Reporter extends DefaultReporter {
  private files = 0;
  private done = 0;

  override onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.files = specifications.length;
    this.done = 0;
    super.onTestRunStart(specifications);
  }

  protected override printTestModule(module: TestModule): void {
    this.done++;
    if (this.files <= FEW_FILES || module.state() === 'failed') super.printTestModule(module);
    if (this.files > FEW_FILES && this.done % PROGRESS_FILES === 0)
      this.log(`${this.done} of ${this.files} files, ${seconds(performance.now() - this.start)}`);
  }

  override onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, unhandled, reason);
    if (this.files > FEW_FILES) this.log(`longest: ${longest(modules)}`);
    const failures = failuresOf(modules, unhandled);
    for (const line of printed(failures)) this.log(line);
    const counts = { passed: 0, failed: failures.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed' || state === 'skipped') counts[state]++;
      }
    }
    this.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}

function longest(modules: readonly TestModule[]): string {
  return modules
    .map((module) => ({ name: module.relativeModuleId, ms: module.diagnostic().duration }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, LONGEST_FILES)
    .map(({ name, ms }) => `${name.replace(/^test\/|\.test\.ts$/g, '')} ${seconds(ms)}`)
    .join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
