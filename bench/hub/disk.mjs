import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

/** Bytes that the files of a folder take on the disk: files with holes count what is written of them. */
export function folderBytes(folder, matching = () => true) {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!matching(name)) continue;
    try {
      const stat = lstatSync(join(folder, name));
      if (stat.isFile()) bytes += stat.blocks * BLOCK_BYTES;
    } catch (error) {
      // An optimiser may just have removed it.
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return bytes;
}
