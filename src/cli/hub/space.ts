import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ClaimprintError } from '../../protocol/errors.js';
import { command, group } from '../command.js';
import { print, printJson, table } from '../terminal.js';
import { DATA_OPTION, type DataOption, existingHub, onHub } from './on-hub.js';

interface SpaceList {
  spaces: readonly {
    space: string;
    manifest?: string;
    profile: string;
    epoch: number;
    keyCheck: string;
    state: string;
    entries: number;
    reviewThreshold?: number;
    duplicateThreshold?: number;
    pinnedBy: string | null;
    pinnedAt: string;
  }[];
  manifests: readonly { manifest: string; model: string; origin: string; dimensions: number }[];
}

export function spaceCommand(): Command {
  return group('space', 'the embedding spaces that this hub takes', [spaceList(), spaceAdd(), spaceRetire()]);
}

function spaceList(): Command {
  return command<DataOption>('list', 'spaces in use, and models from which one can be made', async (_none, options) => {
    const { spaces, manifests } = await onHub<SpaceList>(existingHub(options.data), 'spaceList', {});
    if (options.json) {
      printJson({ spaces, manifests });
      return 0;
    }
    if (spaces.length === 0)
      print('No space yet. The first submission pins one, or: claimprint hub space add SPACE_ID');
    else {
      const rows = spaces.map((space) => [
        space.manifest ?? 'unknown',
        space.profile,
        String(space.epoch),
        space.keyCheck,
        space.state,
        String(space.entries),
        `${space.reviewThreshold ?? '?'} / ${space.duplicateThreshold ?? '?'}`,
        space.pinnedBy ?? 'operator',
        space.pinnedAt.slice(0, 10),
      ]);
      const head = ['manifest', 'profile', 'epoch', 'key check', 'state', 'entries', 'review / duplicate', 'pinned by'];
      print(table([...head, 'pinned'], rows));
      print(`\n${spaces.map(({ space }) => space).join('\n')}`);
    }
    const known = manifests.map(({ manifest, origin, dimensions, model }) => [
      manifest,
      origin,
      String(dimensions),
      model.slice(0, 16),
    ]);
    print(`\n${table(['known manifest', 'origin', 'dimensions', 'model'], known)}`);
    return 0;
  }).option(...DATA_OPTION);
}

function spaceAdd(): Command {
  return command<DataOption>(
    'add <manifest-or-space>',
    'let a model in by its manifest file, or pin a space by its id, also one that was retired or a second epoch',
    async ([given = ''], options) => {
      const directory = existingHub(options.data);
      if (given.startsWith('cp1:')) {
        const added = await onHub<{ space: string; before: string | null }>(directory, 'spaceAdd', { space: given });
        if (options.json) printJson(added);
        else print(`The hub takes ${given}${added.before === 'ACTIVE' ? ', as it did already' : ''}.`);
        return 0;
      }
      const json = readManifest(given);
      const added = await onHub<{ manifest: string; added: boolean }>(directory, 'manifestAdd', { json });
      if (options.json) printJson(added);
      else print(`The hub knows the model ${added.manifest}${added.added ? '' : ', as it did already'}.`);
      return 0;
    },
  ).option(...DATA_OPTION);
}

function spaceRetire(): Command {
  return command<DataOption & { yes?: boolean }>(
    'retire <space>',
    'take a space out of use: no more submissions or searches; its entries stay in the ledger',
    async ([space], options) => {
      const yes = options.yes ?? false;
      const retired = await onHub<{ entries: number }>(existingHub(options.data), 'spaceRetire', { space, yes });
      if (options.json) printJson(retired);
      else print(`The space is retired. Entries that nobody can search now: ${retired.entries}`);
      return 0;
    },
  )
    .option(...DATA_OPTION)
    .option('--yes', 'also if it holds entries');
}

function readManifest(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ClaimprintError('BAD_MANIFEST', `${file} is neither a space id (cp1:…) nor a manifest (a JSON file).`, {
      cause,
    });
  }
}
