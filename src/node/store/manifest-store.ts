import type { Database } from './store.js';
import type { NodeTables } from './tables.js';

export type KeptManifest = NodeTables['kept_manifest'];

/** What this node seals by, so that a version with another manifest can go on with it until its photos are moved. */
export class ManifestStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** All of one model and preprocessing, the last one first. */
  async of(pipeline: string): Promise<KeptManifest[]> {
    const kept = this.database.selectFrom('kept_manifest').selectAll().where('pipeline', '=', pipeline);
    return kept.orderBy('kept_at', 'desc').execute();
  }

  async keep(manifest: KeptManifest): Promise<void> {
    const { manifest: text, statistics } = manifest;
    await this.database
      .insertInto('kept_manifest')
      .values(manifest)
      .onConflict((conflict) => conflict.columns(['pipeline', 'whitening']).doUpdateSet({ manifest: text, statistics }))
      .execute();
  }

  async forget({ pipeline, whitening }: Pick<KeptManifest, 'pipeline' | 'whitening'>): Promise<void> {
    const erase = this.database.deleteFrom('kept_manifest').where('pipeline', '=', pipeline);
    await erase.where('whitening', '=', whitening).execute();
  }
}
