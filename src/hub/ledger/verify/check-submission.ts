import { merkleRoot } from '../../../protocol/merkle.js';
import type { RecordRow } from '../tables.js';
import { entryProblems } from './check-entry.js';
import type { Damages } from './damage.js';
import { type Page, splitHashes } from './page.js';

/** Checks what a submission lists, the entries that are there, and that every listed one that is not is accounted for. */
export function checkSubmission(record: RecordRow, page: Page, accountedFrom: number, damages: Damages): void {
  const { position } = record;
  const rows = page.leafHashes.get(position) ?? [];
  const listed = splitHashes(rows[0]?.hashes ?? Buffer.alloc(0));
  const sound =
    rows.length === 1 &&
    rows[0]!.hashes.length === listed.length * 32 &&
    listed.length === record.count &&
    merkleRoot(listed).equals(record.digest);
  damages.expect(sound, { record: position, problem: 'the leaf hashes do not give the digest that was signed' });
  const unused = new Set(listed.map((hash) => hash.toString('hex')));
  for (const entry of page.entries.get(position) ?? []) {
    const isListed = unused.delete(entry.leaf_hash.toString('hex'));
    damages.expect(isListed, { record: position, entry: entry.id, problem: 'its leaf is not listed in its record' });
    for (const problem of entryProblems(entry, record)) damages.add({ record: position, entry: entry.id, problem });
  }
  // Before that, nothing was written that tells erased entries from lost ones.
  if (position < accountedFrom) return;
  const repeated = new Set(page.repeated.get(position)?.map(({ leaf_hash }) => leaf_hash.toString('hex')));
  for (const [i, hash] of listed.map((bytes) => bytes.toString('hex')).entries()) {
    if (!unused.has(hash) || repeated.has(hash) || (page.erasures.get(hash) ?? -1) > position) continue;
    damages.add({ record: position, problem: `the entry of its leaf ${i} is missing, and no record has erased it` });
  }
}
