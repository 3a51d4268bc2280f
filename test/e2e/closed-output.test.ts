import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { photo } from '../support/photos.js';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'closed-output-'));
/** Two photos that are one: exit code 11. */
const DUPS = ['dups', scratch, '--method', 'dhash'];

beforeAll(() => {
  for (const name of ['a.jpg', 'b.jpg']) writeFileSync(join(scratch, name), photo('black-canyon'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Runs a command whose standard output is a file, or a pipe that nobody reads. */
async function run(
  args: readonly string[],
  stdout: 'closed' | number,
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, CLAIMPRINT_CACHE: join(scratch, 'cache') },
    stdio: ['ignore', stdout === 'closed' ? 'pipe' : stdout, 'pipe'],
  });
  child.stdout?.destroy();
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr };
}

describe('a reader that goes away', () => {
  it.each([
    [[]],
    [['--csv']],
    [['--html']],
    [['--json']],
  ])('leaves dups %j its exit code, and nothing is said', async (how) => {
    expect(await run([...DUPS, ...how], 'closed')).toEqual({ code: 11, stderr: '' });
  });

  it('leaves a help text its exit code', async () => {
    expect(await run(['edits', '--help'], 'closed')).toEqual({ code: 0, stderr: '' });
  });
});

describe.skipIf(!existsSync('/dev/full'))('a result that does not fit on the disk', () => {
  it.each([
    [[...DUPS, '--csv']],
    [[...DUPS, '--html']],
    [['edits', '--help']],
  ])('is one sentence and exit code 2: %j', async (args) => {
    const { code, stderr } = await run(args, openSync('/dev/full', 'w'));
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/^claimprint: .+ \(STORAGE_FULL\)$/)]);
    expect(code).toBe(2);
  });
});
