import type { Command } from 'commander';
import type { KindFolders } from '../../evaluation/kinds/kind-photos.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { readTruth } from '../evaluation/scored.js';

export interface KindFolderOptions {
  readonly scenes: string;
  readonly queries: string;
  readonly references: string;
  readonly truth: string;
}

/** Adds the options that name photos of the same scenes, and copies. */
export function withKindFolders(command: Command): Command {
  return command
    .requiredOption(
      '--scenes <dir>',
      'a folder for each scene or object, with several photos of it, none a copy of another',
    )
    .requiredOption('--queries <dir>', 'edited copies')
    .requiredOption('--references <dir>', 'the photos that they were made of; photos of the scenes may be among them')
    .requiredOption('--truth <tsv>', 'lines of query, reference and edit, as `edits` writes them');
}

/** @throws NOT_FOUND, NOT_READABLE, PATH_REFUSED; BAD_REQUEST, also for a photo that lies in no folder of a scene */
export async function readKindFolders(options: KindFolderOptions): Promise<KindFolders> {
  const { listPhotos } = await import('../evaluation/list-photos.js');
  const scenes = await listPhotos(options.scenes);
  const loose = scenes.find(({ name }) => !name.includes('/'));
  if (loose) {
    const message = `${loose.name} lies in no folder of a scene: --scenes takes a folder that has one for each scene.`;
    throw new ClaimprintError('BAD_REQUEST', message);
  }
  return {
    scenes,
    queries: await listPhotos(options.queries),
    references: await listPhotos(options.references),
    truth: await readTruth(options.truth),
  };
}
