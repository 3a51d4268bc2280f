import type { SerializedError } from 'vitest';
import type { TestModule } from 'vitest/node';

/** Something that failed: a test, a hook, a file that could not be loaded, or an error that nobody caught. */
export interface Failure {
  /** File and names, from the outside in. */
  readonly name: string;
  readonly errors: readonly SerializedError[];
}

/** All that failed in a run, in the order of its files. */
export function failuresOf(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Failure[] {
  const failures: Failure[] = [];
  for (const module of modules) {
    const file = module.relativeModuleId;
    const add = (name: string, errors: readonly SerializedError[]) => {
      if (errors.length > 0) failures.push({ name, errors });
    };
    if (module.state() === 'pending' || module.state() === 'queued')
      add(file, [{ name: 'Error', message: 'It did not end: its process died.' }]);
    add(file, module.errors());
    for (const suite of module.children.allSuites()) add(`${file} > ${suite.fullName}`, suite.errors());
    for (const test of module.children.allTests('failed'))
      failures.push({ name: `${file} > ${test.fullName}`, errors: test.result().errors ?? [] });
  }
  for (const error of unhandled) {
    const during = [error.VITEST_TEST_PATH, error.VITEST_TEST_NAME].filter(Boolean).join(' > ');
    const cause = error.cause as SerializedError | undefined;
    failures.push({ name: `${during}: an error that nobody caught`, errors: cause ? [error, cause] : [error] });
  }
  return failures;
}
