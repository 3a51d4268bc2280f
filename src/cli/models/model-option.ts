import type { ModelSource } from '../../evaluation/open-model.js';
import { DEFAULT_MODEL, loadManifest, loadModelManifest } from '../../platform/manifest-file.js';
import type { ModelManifest, SpaceManifest } from '../../protocol/manifest.js';
import { type ModelSettingsOptions, modelSettings } from '../model-settings-options.js';
import { configuration } from '../process.js';

export interface ModelOption {
  readonly model: string;
}

/** Which model a command is about; `models list` shows them. */
export const MODEL_OPTION = ['--model <name>', 'the model, by the name of its manifest', DEFAULT_MODEL] as const;

/** The manifest that a command was told to decide with. @throws NOT_FOUND, BAD_MANIFEST, MODEL_MISSING, NOT_FITTED */
export function chosenManifest({ model }: ModelOption): SpaceManifest {
  return loadManifest(model, configuration().cacheDirectory);
}

/** The manifest that a command was told to measure with, thresholds or not. @throws NOT_FOUND, BAD_MANIFEST, MODEL_MISSING */
export function namedManifest({ model }: ModelOption): ModelManifest {
  return loadModelManifest(model, configuration().cacheDirectory);
}

/** A model as a command that measures runs it: as its options say, else as the configuration does, like a node. @throws BAD_REQUEST */
export function modelSource<Manifest extends ModelManifest>(
  manifest: Manifest,
  options: ModelSettingsOptions,
): ModelSource<Manifest> {
  const { cacheDirectory, modelSettings: configured } = configuration();
  return { manifest, cacheDir: cacheDirectory, settings: { ...configured, ...modelSettings(options) } };
}
