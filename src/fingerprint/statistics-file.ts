import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { pathBeside } from '../platform/manifest-file.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { ModelManifest } from '../protocol/manifest.js';
import { parseStatistics, type Statistics } from './statistics.js';

/**
 * Reads the statistics that belong to a manifest, after checking their digest; undefined if its space has none.
 * @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MANIFEST
 */
export function readStatistics(
  manifest: Pick<ModelManifest, 'name' | 'whitening' | 'output'>,
  cacheDirectory: string,
): Statistics | undefined {
  const bytes = readStatisticsBytes(manifest, cacheDirectory);
  return bytes && statisticsOf(manifest, bytes);
}

/** The file itself, after checking its digest; undefined if the space has none. @throws MODEL_MISSING, MODEL_MISMATCH */
export function readStatisticsBytes(
  { name, whitening }: Pick<ModelManifest, 'name' | 'whitening'>,
  cacheDirectory: string,
): Buffer | undefined {
  if (whitening === null) return undefined;
  const path = pathBeside(name, cacheDirectory, 'statistics.bin');
  if (!existsSync(path)) {
    throw new ClaimprintError('MODEL_MISSING', `The statistics of ${name} are not there: ${path}.`);
  }
  const bytes = readFileSync(path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest === whitening) return bytes;
  throw new ClaimprintError('MODEL_MISMATCH', `${path} has SHA-256 ${digest}, but the manifest says ${whitening}.`);
}

/** Reads what the file says. @throws BAD_MANIFEST */
export function statisticsOf({ name, output }: Pick<ModelManifest, 'name' | 'output'>, bytes: Buffer): Statistics {
  const statistics = parseStatistics(bytes);
  if (statistics.dimensions === output.dimensions) return statistics;
  throw new ClaimprintError('BAD_MANIFEST', `The statistics of ${name} are for ${statistics.dimensions} dimensions.`);
}
