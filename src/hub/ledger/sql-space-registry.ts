import { createHash } from 'node:crypto';
import { ClaimprintError } from '../../protocol/errors.js';
import { appendAction } from './administration.js';
import type { LedgerTransaction } from './append.js';
import type { PinnedSpace, SpacePolicy, SpaceState } from './ledger.js';
import { insertSpace, pinnedSpaces } from './pinned-spaces.js';
import { retireSpace } from './restrict.js';
import type { AddedManifest, SpaceRegistry } from './space-registry.js';
import type { SqlLog } from './sql-log.js';

/** Spaces and manifests over SQL, shared by all hubs of a database. */
export class SqlSpaceRegistry implements SpaceRegistry {
  private readonly log: SqlLog;

  constructor(log: SqlLog) {
    this.log = log;
  }

  spaces(): Promise<PinnedSpace[]> {
    return pinnedSpaces(this.log.database);
  }

  async manifests(): Promise<AddedManifest[]> {
    const rows = await this.log.database.selectFrom('manifest').selectAll().orderBy('added_at').execute();
    return rows.map(({ name, json, added_at }) => ({ name, json, addedAtMs: added_at }));
  }

  addManifest({ manifest: name, policy: json }: SpacePolicy, timeMs: number): Promise<boolean> {
    return this.log.write(async (trx, append) => {
      const present = await trx.selectFrom('manifest').select('json').where('name', '=', name).executeTakeFirst();
      if (present?.json === json) return false;
      if (present)
        throw new ClaimprintError('BAD_MANIFEST', `Another manifest is called ${name}: give it another name.`);
      await appendAction(trx, append, { name: 'manifestAdd', tenant: '', args: [name, sha256(json)], timeMs });
      await trx.insertInto('manifest').values({ name, json, added_at: timeMs }).execute();
      return true;
    });
  }

  activate(id: string, policy: SpacePolicy, timeMs: number): Promise<SpaceState | undefined> {
    return this.log.write(async (trx, append) => {
      const state = await stateOf(trx, id);
      if (state === 'ACTIVE') return state;
      if (state === 'RETIRED') {
        const action = { name: 'spaceActivate', tenant: '', args: [id], timeMs, searchable: true } as const;
        await appendAction(trx, append, action);
        await trx.updateTable('space').set({ state: 'ACTIVE' }).where('id', '=', id).execute();
        return state;
      }
      await appendAction(trx, append, { name: 'spacePin', tenant: '', args: [id, sha256(policy.policy)], timeMs });
      await insertSpace(trx, { id, policy, pinnedBy: '', timeMs });
      return undefined;
    });
  }

  retire(id: string, timeMs: number): Promise<void> {
    return this.log.write((trx, append) => retireSpace(trx, append, { id, timeMs }));
  }

  async fillPolicy(id: string, policy: string): Promise<void> {
    await this.log.write(async (trx) => {
      await trx.updateTable('space').set({ policy }).where('id', '=', id).where('policy', 'is', null).execute();
    });
  }

  async countEntries(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.log.database
      .selectFrom('entry')
      .select(['space', ({ fn }) => fn.countAll().as('entries')])
      .groupBy('space')
      .execute();
    return new Map(rows.map(({ space, entries }) => [space, Number(entries)]));
  }
}

async function stateOf(trx: LedgerTransaction, id: string): Promise<SpaceState | undefined> {
  const row = await trx.selectFrom('space').select('state').where('id', '=', id).executeTakeFirst();
  return row?.state as SpaceState | undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
