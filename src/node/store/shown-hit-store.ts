import type { MatchReport } from '../check-report.js';
import type { Database } from './store.js';

/** A photo, as what was asked for it is remembered. */
export interface AskedPhoto {
  /** SHA-256 of the file. */
  readonly content: Buffer;
  readonly space: string;
}

/** What the hub has shown of other insurers' entries: some of it will not be shown again when a query budget is used up. */
export class ShownHitStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async remember(
    { content, space }: AskedPhoto,
    { entry, tenant, firstSeen, decision, probability, kind }: MatchReport,
    shownAtMs: number,
  ): Promise<void> {
    const shown = { tenant, first_seen: firstSeen, decision, probability, kind, shown_at: shownAtMs };
    await this.database
      .insertInto('shown_hit')
      .values({ content, space, entry, ...shown })
      .onConflict((conflict) => conflict.columns(['content', 'space', 'entry']).doUpdateSet(shown))
      .execute();
  }

  /** The hub has said that no other query will be told of this entry for a while. */
  async markFinal(entry: string, atMs: number): Promise<void> {
    await this.database
      .insertInto('final_hit')
      .values({ entry, final_at: atMs })
      .onConflict((conflict) => conflict.column('entry').doUpdateSet({ final_at: atMs }))
      .execute();
  }

  /** Erases what {@link recall} would not tell any more. */
  async eraseBefore(sinceMs: number): Promise<void> {
    await this.database.deleteFrom('final_hit').where('final_at', '<=', sinceMs).execute();
    const finals = this.database.selectFrom('final_hit').select('entry');
    const erase = this.database.deleteFrom('shown_hit').where('shown_at', '<=', sinceMs);
    await erase.where('entry', 'not in', finals).execute();
  }

  /** Erases what was shown for photos that this node does not keep any more. */
  async eraseFor(contents: readonly Buffer[]): Promise<void> {
    if (contents.length === 0) return;
    const erase = this.database.deleteFrom('shown_hit').where('content', 'in', contents);
    const entries = (await erase.returning('entry').execute()).map(({ entry }) => entry);
    if (entries.length === 0) return;
    const shown = this.database.selectFrom('shown_hit').select('entry').where('entry', 'in', entries);
    const eraseFinals = this.database.deleteFrom('final_hit').where('entry', 'in', entries);
    await eraseFinals.where('entry', 'not in', shown).execute();
  }

  /**
   * What was shown for this photo and said to be shown for the last time after `sinceMs`. Of anything else the hub may be
   * silent because it was withdrawn, and what was withdrawn is never found again.
   */
  async recall({ content, space }: AskedPhoto, sinceMs: number): Promise<MatchReport[]> {
    const rows = await this.database
      .selectFrom('shown_hit')
      .innerJoin('final_hit', 'final_hit.entry', 'shown_hit.entry')
      .select(['shown_hit.entry', 'tenant', 'first_seen', 'decision', 'probability', 'kind'])
      .where('content', '=', content)
      .where('space', '=', space)
      .where('final_at', '>', sinceMs)
      .orderBy('probability', 'desc')
      .execute();
    return rows.map(({ first_seen: firstSeen, ...row }) => {
      return {
        ...row,
        scope: 'OTHER',
        claim: null,
        path: null,
        firstSeen,
        evidence: null,
        similarity: null,
        remembered: true,
      };
    });
  }
}
