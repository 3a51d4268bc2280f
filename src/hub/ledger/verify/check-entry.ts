import { LINES_OF_BUSINESS } from '../../../protocol/enums.js';
import { ownEntryId } from '../../../protocol/ids.js';
import { decodeLeaf, type EntryLeaf } from '../../../protocol/leaf.js';
import { leafHash } from '../../../protocol/merkle.js';
import { monthNumber, monthOf } from '../../../protocol/month.js';
import type { EntryRow, RecordRow } from '../tables.js';

/** What is wrong with an entry: its columns must say what its leaf and its record say. */
export function entryProblems(entry: EntryRow, record: RecordRow): string[] {
  try {
    return differences(entry, record);
  } catch {
    // A time beyond all calendars, or a column of another type.
    return ['it or its record holds what no hub writes'];
  }
}

function differences(entry: EntryRow, record: RecordRow): string[] {
  if (!leafHash(entry.leaf).equals(entry.leaf_hash)) return ['its leaf is not the one that was signed'];
  const leaf = readLeaf(entry.leaf);
  if (!leaf) return ['its leaf cannot be read'];
  const firstSeen = monthNumber(leaf.month ?? monthOf(record.time_ms));
  const columns: [name: string, same: boolean][] = [
    ['tenant', entry.tenant === record.tenant],
    ['space', entry.space === record.space],
    ['reference', entry.ref.equals(leaf.ref)],
    ['claim reference', leaf.claimRef !== undefined && entry.claim_ref?.equals(leaf.claimRef) === true],
    ['line of business', entry.line === LINES_OF_BUSINESS[leaf.lineOfBusiness]],
    ['month', entry.first_seen === firstSeen],
    ['expiry', entry.expires_at === leaf.expiresAt],
    ['offset', entry.offset === leaf.offset],
    ['id', entry.id === ownEntryId(record.tenant, leaf.ref, record.space)],
  ];
  return columns.filter(([, same]) => !same).map(([name]) => `its ${name} is not what its leaf and record say`);
}

function readLeaf(bytes: Buffer): EntryLeaf | undefined {
  try {
    return decodeLeaf(bytes);
  } catch {
    return undefined;
  }
}
