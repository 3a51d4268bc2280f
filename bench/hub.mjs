/**
 * Measures a hub over real HTTP with real signatures: `npm run bench:hub -- --help`.
 *
 * The hub runs in a process of its own, so that its CPU time and memory are its own. Submissions are made ahead by a
 * thread, so that the client only signs and sends. Every ratio to Qdrant without the hub is taken inside one run, by turns.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { entrySource } from './hub/entries.mjs';
import { measureSize } from './hub/measure.mjs';
import { readOptions } from './hub/options.mjs';
import { plot } from './hub/plot.mjs';
import { printTables } from './hub/report.mjs';

const options = readOptions();
const runs =
  options.from.length > 0 ? options.from.map((file) => JSON.parse(readFileSync(file, 'utf8'))) : [await run()];
if (options.json) console.log(JSON.stringify(runs.length > 1 ? runs : runs[0], undefined, 2));
else for (const each of runs) printTables(each);
if (options.plot) writeFileSync(options.plot, plot(runs));

async function run() {
  const { index, ledger, batch, streams } = options;
  const source = entrySource();
  const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.versions.node}`;
  const results = [];
  const report = { index, ledger, batch, streams, vectors: source.description, machine, results };
  for (const size of options.sizes) {
    const progress = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${size}: ${text}\n`);
    const result = await measureSize(size, options, source, progress);
    // Other work on the machine slows everything down: what was going on stands beside the figures.
    results.push({ ...result, loadAverage: loadavg()[1] });
    if (options.save) writeFileSync(options.save, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return report;
}
