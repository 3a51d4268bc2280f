/**
 * Exports SSCD networks with random weights (models/export), compares them with the reference in torch, and takes one of each
 * precision through `claimprint models add`. Skipped where Python lacks test/export/requirements.txt.
 *
 *   npm run test:export          EXPORT_PYTHON: the Python to use, python3 unless given
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const python = process.env.EXPORT_PYTHON || 'python3';
const root = fileURLToPath(new URL('../..', import.meta.url));
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
const run = (program, args, more = {}) =>
  spawnSync(program, args, {
    cwd: root,
    env: { ...env, ...more },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });

if (spawnSync(python, ['-c', 'import numpy, onnx, onnxruntime, torch, torchvision'], { env }).status !== 0) {
  process.stdout.write(
    `skipped: ${python} lacks torch or another package of test/export/requirements.txt; name one that has them by EXPORT_PYTHON\n` +
      '0 passed, 0 failed, 1 skipped\n',
  );
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'claimprint-export-'));
try {
  const compared = spawnSync(python, ['-W', 'ignore', 'test/export/test_export.py'], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  const outcomes = [compared.status === 0, ...['float32', 'float16'].map(isAdded)];
  const failed = outcomes.filter((passed) => !passed).length;
  process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}

/** A checkpoint as it is released, with random weights, by the commands that a user types. */
function isAdded(precision) {
  const [checkpoint, model] = ['random.torchscript.pt', `${precision}.onnx`].map((name) => join(folder, name));
  const flags = precision === 'float16' ? ['--half'] : [];
  run(python, ['-W', 'ignore', 'test/export/random_checkpoint.py', checkpoint]);
  run(python, ['-W', 'ignore', 'models/export/export_sscd.py', checkpoint, model, ...flags]);
  const [picture, expected] = ['png', 'json'].map((ending) => model.replace(/onnx$/, ending));
  const parity = ['--parity', picture, '--expect', expected, '--json'];
  const args = ['dist/cli/main.js', 'models', 'add', model, '--manifest', `sscd-${precision}`, ...parity];
  const { status, stdout } = run(process.execPath, args, { CLAIMPRINT_CACHE: join(folder, 'cache') });
  process.stdout.write(`models add ${precision}: exit ${status}\n${stdout}`);
  return status === 0;
}
