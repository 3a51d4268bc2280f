import type { Command } from 'commander';
import type { SentFields, SentPhoto, SentReport } from '../node/receipts/sent-report.js';
import { counted } from '../platform/counted.js';
import { command } from './command.js';
import { onNode } from './on-node.js';
import { plain, print, printJson } from './terminal.js';

const STATES: Readonly<Record<SentPhoto['state'], string>> = {
  QUEUED: 'waits to be sent',
  SUBMITTED: 'at the hub',
  WITHDRAWN: 'withdrawn',
  REFUSED: 'refused by the hub',
};
const NAMES = {
  PHOTOS: 'photos of this claim',
  CLAIM: 'this claim',
  EVERYTHING: 'everything of this insurer',
} as const;
const STAYED =
  'What did not leave: no picture or part of one, no thumbnail, no file name or path, no claim number, nothing of EXIF.\n' +
  'The reference stands for photo and claim and can be told from neither without the secret of this node.\n' +
  'Searches are not listed here: for these photos they name the same references and, in a space that a photo was not yet\n' +
  'moved to, carry the fields that a submission would. `claimprint node audit export` lists them.';

export function sentCommand(): Command {
  return command<{ data: string; claim: string }>(
    'sent',
    'show what the hub was given to keep for a claim, with its receipts: every field of each submission as long as it is kept, and withdrawals; no searches',
    async (_none, options) => {
      const report = await onNode<SentReport>(options.data, 'sent', { claim: options.claim });
      if (options.json) printJson(report);
      else print(text(report));
      return 0;
    },
  )
    .requiredOption('--data <dir>', "the node's data directory")
    .requiredOption('--claim <number>', 'the claim');
}

function text({ claim, photos, withdrawals }: SentReport): string {
  const references = new Set(photos.map(({ reference }) => reference));
  const withdrawn = withdrawals.map(
    ({ receivedAt, names, position }) =>
      `${receivedAt}  withdrawal of ${NAMES[names]}, record ${position} of the hub's log`,
  );
  const blocks = [
    `Claim ${plain(claim)}: ${counted(references.size, 'photo')}`,
    ...photos.map(photoText),
    ...(withdrawn.length > 0 ? [withdrawn.join('\n')] : []),
    STAYED,
  ];
  return blocks.join('\n\n');
}

function photoText({ path, entry, space, state, reference, submissions }: SentPhoto): string {
  const lines = [
    plain(path),
    row('state', STATES[state]),
    row('entry id', entry),
    row('space', space),
    row('reference', reference),
  ];
  if (submissions.length === 0) lines.push(row('sent', 'nothing that the hub has confirmed'));
  for (const { receivedAt, position, jti, fields } of submissions) {
    lines.push(row('sent', `${receivedAt}, record ${position} of the hub's log, request ${jti}`));
    lines.push(
      ...(fields ? fieldLines(fields) : [row('', 'its fields are erased here, or were replaced by a later request')]),
    );
  }
  return lines.join('\n');
}

function fieldLines(fields: SentFields): string[] {
  return [
    row('', `claim reference ${fields.claimReference ?? 'none'}`),
    row(
      '',
      `line of business ${fields.lineOfBusiness}, month ${fields.month ?? 'none'}, searchable until ${fields.expiresAt}`,
    ),
    row('', `normalisation offset ${fields.offset} millionths, ${fields.saltBytes} random bytes`),
    ...fields.vectors.map(({ of, encoding, bytes }) =>
      row('', `vector of the ${of}: ${bytes} bytes (${encoding}), sealed`),
    ),
  ];
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(10)}  ${value}`;
}
