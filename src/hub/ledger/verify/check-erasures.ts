import { withdrawDigest } from '../../../protocol/digest.js';
import { withdrawalDetail } from '../../../protocol/record.js';
import type { RecordRow } from '../tables.js';
import { readTarget } from '../withdrawal-target.js';
import type { Damages } from './damage.js';
import type { Page } from './page.js';

/** Checks that a record erased as many entries as it says, and that none of them is still there. */
export function checkErasures(record: RecordRow, says: number, page: Page, damages: Damages): void {
  const { position } = record;
  const erased = page.erased.get(position) ?? [];
  const counted = erased.length === says && record.affected === says;
  damages.expect(counted, {
    record: position,
    problem: `it says that it erased ${says} entries, and ${erased.length} are listed`,
  });
  for (const { entry_id: entry } of erased) {
    const since = page.present.get(entry);
    const gone = since === undefined || since > position;
    damages.expect(gone, { record: position, entry, problem: 'it was erased by this record and is there' });
  }
}

/** Checks a withdrawal's target against its digest, and the number of erased entries. */
export function checkWithdrawal(record: RecordRow, page: Page, accountedFrom: number, damages: Damages): void {
  const { position } = record;
  const detail = withdrawalDetail(record.affected).equals(record.detail);
  damages.expect(detail, { record: position, problem: 'its number of erased entries is not the one in its header' });
  checkErasures(record, record.affected, page, damages);
  const row = page.withdrawals.get(position)?.[0];
  if (!row && position < accountedFrom) return;
  const target = row && readTarget(row);
  const signed = target && withdrawDigest(target, record.space || undefined).equals(record.digest);
  damages.expect(signed === true, { record: position, problem: 'what it withdraws does not give its digest' });
  damages.expect(!page.unguarded.has(position), {
    record: position,
    problem: 'a tombstone of this withdrawal is missing, so that what it withdrew could come back',
  });
}
