import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tryLockDirectory } from '../../../src/platform/directory-lock.js';
import { runOnDirectory } from '../../../src/platform/owner.js';

it('a command is told that it waits for the end of another one, and then runs', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-owner-'));
  const other = tryLockDirectory(directory)!;
  let told = 0;
  const onWaiting = () => {
    told++;
    setTimeout(() => other.release(), 100);
  };
  const load = async () => ({ open: async () => ({ close: () => undefined }), commands: { answer: async () => 42 } });
  expect(await runOnDirectory(directory, load, 'answer', {}, undefined, onWaiting)).toBe(42);
  expect(told).toBe(1);
  rmSync(directory, { recursive: true });
});
