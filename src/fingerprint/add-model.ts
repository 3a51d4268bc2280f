import { createHash } from 'node:crypto';
import { jsonText } from '../platform/json-text.js';
import { addedManifestPath, addedStatisticsPath, findManifest, hasManifest } from '../platform/manifest-file.js';
import { ClaimprintError } from '../protocol/errors.js';
import { type ManifestTemplate, type ModelManifest, parseModelManifest } from '../protocol/manifest.js';
import { checkPreprocessing } from '../protocol/preprocessing.js';
import { type CheckModelOptions, checkModel, type ModelCheck } from './check-model.js';
import { checkModelFile, keepFile, pullModel, sha256OfFile } from './model-cache.js';
import { manifestOf } from './model-graph.js';
import { offsetRange } from './offset-range.js';
import { readStatisticsBytes, statisticsOf } from './statistics-file.js';

export interface AddedModel {
  readonly manifest: ModelManifest;
  /** Where manifest and model are kept on this machine. */
  readonly manifestPath: string;
  readonly modelPath: string;
  /** Where its statistics are; there if its space has some. */
  readonly statisticsPath?: string;
  readonly check: ModelCheck;
}

export interface AddModelOptions extends CheckModelOptions {
  /** The file of the space's statistics, as `models fit-whitening` writes it. */
  readonly statistics?: Buffer | undefined;
}

/**
 * Takes a model that somebody supplies: fills in what its manifest leaves open, tries it, and keeps both on this machine, with
 * the space's statistics. Added again, it keeps the thresholds and, where the manifest names no others, the statistics that were fitted here.
 * @throws NOT_READABLE; MODEL_MISMATCH for another digest or another number of dimensions; BAD_MODEL; BAD_MANIFEST, also if
 *   another manifest has its name or the statistics are none; MODEL_MISSING if statistics are named and not there
 */
export async function addModel(
  file: string,
  template: ManifestTemplate,
  cacheDirectory: string,
  options: AddModelOptions,
): Promise<AddedModel> {
  const sha256 = await sha256OfFile(file);
  if (sha256 === undefined) throw new ClaimprintError('NOT_READABLE', `The file ${file} cannot be read.`);
  const { sha256: wanted } = template.model;
  if (wanted !== null) await checkModelFile(file, { model: { sha256: wanted } });
  const completed = await manifestOf(template, file, sha256);
  const supplied = options.statistics ? withStatistics(completed, options.statistics) : completed;
  const manifest = keepFit(supplied, cacheDirectory);
  checkPreprocessing(manifest);
  const statistics = options.statistics ?? keptStatistics(manifest, cacheDirectory);
  const check = await checkModel(manifest, file, options);
  const modelPath = await pullModel(manifest, cacheDirectory, { onnx: file });
  const manifestPath = addedManifestPath(manifest.name, cacheDirectory);
  const statisticsPath = addedStatisticsPath(manifest.name, cacheDirectory);
  if (statistics) await keepFile(statisticsPath, statistics);
  await keepFile(manifestPath, Buffer.from(jsonText(manifest)));
  return { manifest, manifestPath, modelPath, ...(statistics && { statisticsPath }), check };
}

/** @throws MODEL_MISMATCH if the manifest names others, BAD_MANIFEST */
function withStatistics(manifest: ModelManifest, bytes: Buffer): ModelManifest {
  const statistics = statisticsOf(manifest, bytes);
  const whitening = createHash('sha256').update(bytes).digest('hex');
  if (manifest.whitening === whitening) return manifest;
  if (manifest.whitening !== null) {
    const message = `The statistics have SHA-256 ${whitening}, but the manifest says ${manifest.whitening}.`;
    throw new ClaimprintError('MODEL_MISMATCH', message);
  }
  return { ...manifest, whitening, offset: offsetRange(statistics) };
}

/** Those that are here already. @throws MODEL_MISSING if the manifest names others, MODEL_MISMATCH */
function keptStatistics(manifest: ModelManifest, cacheDirectory: string): Buffer | undefined {
  if (manifest.whitening === null || hasManifest(manifest.name, cacheDirectory)) {
    return readStatisticsBytes(manifest, cacheDirectory);
  }
  const message = `The manifest names statistics of SHA-256 ${manifest.whitening}: hand them over too, with --statistics.`;
  throw new ClaimprintError('MODEL_MISSING', message);
}

/** @throws BAD_MANIFEST if the name is taken by another model or preprocessing */
function keepFit(manifest: ModelManifest, cacheDirectory: string): ModelManifest {
  if (!hasManifest(manifest.name, cacheDirectory)) return manifest;
  const { template, origin } = findManifest(manifest.name, cacheDirectory);
  if (origin === 'template') return manifest;
  const known = parseModelManifest(template);
  if (known.model.sha256 !== manifest.model.sha256 || known.preprocessing !== manifest.preprocessing) {
    const message = `Another model is called ${manifest.name} on this machine: give this one's manifest another name.`;
    throw new ClaimprintError('BAD_MANIFEST', message);
  }
  const { whitening, offset, decision, calibration, projected } = known;
  const kept = manifest.whitening === null ? { ...manifest, whitening, offset } : manifest;
  // Scores of other statistics are others.
  if (kept.whitening !== whitening || manifest.decision || !decision || !calibration) return kept;
  return { ...kept, decision, calibration, ...(projected && { projected }) };
}
