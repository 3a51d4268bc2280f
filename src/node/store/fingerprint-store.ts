import type { Fingerprint } from '../../fingerprint/fingerprint.js';
import type { RegionVectors } from '../../fingerprint/model.js';
import { viewBytes } from '../../protocol/bytes.js';
import { decodeRegions, encodeRegions } from './region-bytes.js';
import type { Database } from './store.js';

/** Fingerprints by content and pipeline, so that the same bytes are never computed twice. */
export class FingerprintStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async find(content: Buffer, pipeline: string): Promise<Fingerprint | undefined> {
    const row = await this.database
      .selectFrom('fingerprint')
      .select(['embedding', 'regions', 'width', 'height', 'flat'])
      .where('content', '=', content)
      .where('pipeline', '=', pipeline)
      .executeTakeFirst();
    if (!row) return undefined;
    // Copied, because the bytes may lie at an address where no float can start.
    const embedding = new Float32Array(new Uint8Array(row.embedding).buffer);
    const regions = row.regions && decodeRegions(row.regions, embedding.length);
    return { embedding, ...(regions && { regions }), width: row.width, height: row.height, flat: row.flat === 1 };
  }

  async save(
    content: Buffer,
    pipeline: string,
    fingerprint: Fingerprint,
    thumbnail: Buffer | undefined,
  ): Promise<void> {
    const { embedding, regions, width, height, flat } = fingerprint;
    await this.database
      .insertInto('fingerprint')
      .values({
        content,
        pipeline,
        embedding: viewBytes(embedding),
        regions: regions ? encodeRegions(regions) : null,
        width,
        height,
        flat: flat ? 1 : 0,
        thumbnail: thumbnail ?? null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** Keeps the regions of a photo whose fingerprint was computed without them. @returns whether there was one */
  async addRegions(content: Buffer, pipeline: string, regions: RegionVectors): Promise<boolean> {
    const { numUpdatedRows } = await this.database
      .updateTable('fingerprint')
      .set({ regions: encodeRegions(regions) })
      .where('content', '=', content)
      .where('pipeline', '=', pipeline)
      .where('regions', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Forgets the vectors of regions of all photos: they are filled in when the photos are added again. */
  async forgetRegions(pipeline: string): Promise<void> {
    const update = this.database.updateTable('fingerprint').set({ regions: null });
    await update.where('pipeline', '=', pipeline).where('regions', 'is not', null).execute();
  }

  /** Size of the upright photo, in pixels. */
  async size(content: Buffer): Promise<{ width: number; height: number } | undefined> {
    const query = this.database.selectFrom('fingerprint').select(['width', 'height']);
    return query.where('content', '=', content).executeTakeFirst();
  }

  /** The JPEG of a photo's thumbnail. */
  async thumbnail(content: Buffer): Promise<Buffer | undefined> {
    const query = this.database.selectFrom('fingerprint').select('thumbnail').where('content', '=', content);
    const row = await query.where('thumbnail', 'is not', null).executeTakeFirst();
    return row?.thumbnail ? Buffer.from(row.thumbnail) : undefined;
  }
}
