import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { untilStopped } from '../cli/process.js';
import { print, printJson, say, showFailure } from '../cli/terminal.js';
import { demoTable } from './demo-table.js';
import { runDemo } from './run-demo.js';

// `npm start`: a hub and two insurers on this machine, with real photos.

const options = new Command('npm start --')
  .description('starts a hub and two insurers on loopback and shows insurer B edited copies of the photos of insurer A')
  .option('--once', 'show the result and end')
  .option('--json', 'print one JSON report on standard output')
  .parse()
  .opts<{ once?: boolean; json?: boolean }>();

const directory = mkdtempSync(join(tmpdir(), 'claimprint-'));
const stopped = untilStopped();
try {
  const demo = await runDemo(directory, say);
  if (options.json) printJson(demo.report);
  else print(demoTable(demo.report));
  if (!options.once) {
    const show = options.json ? say : print;
    show(demo.addresses);
    await stopped;
  }
  await demo.stop();
} catch (error) {
  process.exitCode = showFailure(error, options.json ?? false);
}
rmSync(directory, { recursive: true, force: true });
// The one-shot run has nothing left to wait for; the signal listeners alone would not keep it alive either.
process.exit();
