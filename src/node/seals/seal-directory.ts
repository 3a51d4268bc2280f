import { loadManifest } from '../../platform/manifest-file.js';
import { nodeFiles, readNodeSettings } from '../node-files.js';
import { NodeSeals } from './node-seals.js';
import type { SealHolder } from './seal-commands.js';

/**
 * Opens a node's data directory for its sealing keys alone: a node that has none yet cannot be opened as a whole.
 * @throws DATA_DIRECTORY_MISSING, NOT_READABLE, BAD_KEY_FILE
 */
export async function openSealDirectory(
  directory: string,
  cacheDirectory?: string,
): Promise<SealHolder & { close(): void }> {
  const { seal, model } = readNodeSettings(directory);
  const seals = await NodeSeals.open(
    nodeFiles(directory).sealKey,
    { manifest: loadManifest(model, cacheDirectory) },
    seal,
  );
  return { directory, seals, close: () => undefined };
}
