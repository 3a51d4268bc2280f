import type { Kysely } from 'kysely';
import type { Administration } from '../../protocol/record.js';
import type { SpaceChange, SpaceState } from './ledger.js';
import type { LedgerTables } from './tables.js';

const STATES: Partial<Readonly<Record<Administration, SpaceState>>> = {
  spaceActivate: 'ACTIVE',
  spaceRetire: 'RETIRED',
};

/** What operators did to spaces in a stretch of the log, in order. */
export async function spaceChanges(database: Kysely<LedgerTables>, from: number, to: number): Promise<SpaceChange[]> {
  const rows = await database
    .selectFrom('administration')
    .select(['position', 'action', 'args'])
    .where('position', '>=', from)
    .where('position', '<', to)
    .where('action', 'in', Object.keys(STATES))
    .orderBy('position')
    .execute();
  return rows.map(({ position, action, args }) => {
    const [space = ''] = JSON.parse(args) as string[];
    return { position, space, state: STATES[action as Administration]! };
  });
}
