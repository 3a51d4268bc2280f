#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT_ERROR, printJson } from './terminal.js';
import { watchOutput } from './watch-output.js';

/** Each in modules of its own, which are loaded when it is named or all are listed. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  hub: async () => (await import('./hub/hub.js')).hubCommand(),
  'seal-key': async () => (await import('./seal-key/seal-key.js')).sealKeyCommand(),
  'recovery-key': async () => (await import('./recovery-key.js')).recoveryKeyCommand(),
  node: async () => (await import('./node/node.js')).nodeCommand(),
  ingest: async () => (await import('./ingest.js')).ingestCommand(),
  check: async () => (await import('./check.js')).checkCommand(),
  compare: async () => (await import('./compare.js')).compareCommand(),
  dups: async () => (await import('./dups.js')).dupsCommand(),
  withdraw: async () => (await import('./withdraw.js')).withdrawCommand(),
  sent: async () => (await import('./sent.js')).sentCommand(),
  parts: async () => (await import('./evaluation/parts.js')).partsCommand(),
  edits: async () => (await import('./evaluation/edits.js')).editsCommand(),
  evaluate: async () => (await import('./evaluation/evaluate.js')).evaluateCommand(),
  calibrate: async () => (await import('./evaluation/calibrate.js')).calibrateCommand(),
  models: async () => (await import('./models.js')).modelsCommand(),
  schema: async () => (await import('./schema.js')).schemaCommand(),
};

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('claimprint')
  .description('Has another insurer already been shown this photo?')
  .version(version);
const named = process.argv[2] ?? '';
const wanted = Object.hasOwn(COMMANDS, named) ? [COMMANDS[named]!] : Object.values(COMMANDS);
for (const member of await Promise.all(wanted.map((load) => load()))) program.addCommand(member);
throwOnExit(program);
watchOutput();

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version end with 0; a usage mistake, already explained by commander on standard error, with 2.
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_ERROR;
  if (error.exitCode !== 0 && process.argv.includes('--json')) {
    printJson({ error: { code: 'BAD_REQUEST', message: error.message.replace(/^error: /, '') } });
  }
}

function throwOnExit(target: Command): void {
  target.exitOverride();
  for (const member of target.commands) throwOnExit(member);
}
