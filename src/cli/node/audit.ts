import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { AuditExport } from '../../node/audit/export-audit.js';
import type { AuditReport } from '../../node/audit/verify-audit.js';
import { counted } from '../../platform/counted.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command, group } from '../command.js';
import { onNode } from '../on-node.js';
import { EXIT_ERROR, plain, print, printJson, say } from '../terminal.js';

const DATA = ['--data <dir>', "the node's data directory"] as const;

export function auditCommand(): Command {
  return group('audit', "hold the hub's log to what the hub has signed", [verifyCommand(), exportCommand()]);
}

function verifyCommand(): Command {
  return command<{ data: string; acceptRestore?: boolean }>(
    'verify',
    'prove that the log only grew, and that every record with a receipt still stands in it',
    async (_none, options) => {
      const report = await onNode<AuditReport>(options.data, 'auditVerify', {
        acceptRestore: options.acceptRestore ?? false,
      });
      const error = report.found > 0 ? inconsistent(report) : undefined;
      if (options.json) printJson({ ...(error && { error: { code: error.code, message: error.message } }), ...report });
      else if (error) {
        for (const { kind, message } of report.findings) say(`${kind.padEnd(9)}  ${plain(message)}`);
        say(`claimprint: ${error.message} (${error.code})`);
      } else print(soundText(report));
      return error ? EXIT_ERROR : 0;
    },
  )
    .requiredOption(...DATA)
    .option('--accept-restore', 'the hub was restored from a backup and its operator has explained it: begin anew');
}

function inconsistent({ found, findings }: AuditReport): ClaimprintError {
  const named = findings.filter(({ record }) => record !== null);
  const record = (named.find(({ kind }) => kind === 'OMITTED' || kind === 'REWRITTEN') ?? named[0])?.record;
  const where = record === undefined ? '' : `, first at record ${record}`;
  return new ClaimprintError(
    'LOG_INCONSISTENT',
    `The hub's log is not what the hub has signed: ${counted(found, 'finding')}${where}. Keep this node's data and ask the hub's operator.`,
  );
}

function soundText({ checkpoint, receipts, lost }: AuditReport): string {
  const head = checkpoint
    ? `up to record ${checkpoint.size - 1}, signed ${checkpoint.issuedAt}`
    : 'not yet signed as a whole';
  const also = lost > 0 ? `, ${lost} of them lost with the restore` : '';
  return `The hub's log is sound, ${head}; ${counted(receipts, 'receipt')} checked${also}.`;
}

function exportCommand(): Command {
  return command<{ data: string }>(
    'export <file>',
    "write the insurer's own part of the log as JSON lines: who asked what, when, why and with how many results",
    async ([file], options) => {
      const made = await onNode<AuditExport>(options.data, 'auditExport', { file: resolve(file!) });
      if (options.json) printJson(made);
      else print(`${counted(made.records, 'record')} written to ${made.file}.`);
      if (made.unsound === 0) return 0;
      say(`claimprint: ${counted(made.unsound, 'record')} not what the log commits to ("sound": false).`);
      return EXIT_ERROR;
    },
  ).requiredOption(...DATA);
}
