import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { findManifest, readTemplate } from '../../platform/manifest-file.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command } from '../command.js';
import { configuration } from '../process.js';
import { print, printJson } from '../terminal.js';

interface AddOptions {
  manifest: string;
  parity?: string;
  expect?: string;
  statistics?: string;
}

export function addCommand(): Command {
  return command<AddOptions>(
    'add <file>',
    'try an ONNX model of your own against its manifest, and keep both on this machine',
    async ([file], options) => {
      if (options.expect !== undefined && options.parity === undefined) {
        throw new ClaimprintError(
          'BAD_REQUEST',
          '--expect says what the model gives for a photo: name it with --parity.',
        );
      }
      const { addModel } = await import('../../fingerprint/add-model.js');
      const { photoFile } = await import('../../node/intake/photo-file.js');
      const { PhotoRoots } = await import('../../node/intake/photo-roots.js');
      const { cacheDirectory } = configuration();
      const template = existsSync(options.manifest)
        ? readTemplate(resolve(options.manifest))
        : findManifest(options.manifest, cacheDirectory).template;
      const photo = options.parity && (await photoFile(options.parity, new PhotoRoots()).read());
      const { manifest, check, ...paths } = await addModel(resolve(file!), template, cacheDirectory, {
        ...(photo && { photo }),
        ...(options.expect !== undefined && { expected: readVector(options.expect) }),
        ...(options.statistics !== undefined && { statistics: readNamed(options.statistics) }),
      });
      const { name, model, preprocessing } = manifest;
      const fitted = manifest.decision !== undefined;
      if (options.json) printJson({ name, model: model.sha256, preprocessing, fitted, ...paths, check });
      else {
        const { cosine, expectedDifference: off } = check;
        const parity =
          off === undefined ? '' : `, off the expected ones by ${off.toExponential(1)} (cosine ${cosine!.toFixed(6)})`;
        print(
          `The model ${name} is kept in ${paths.modelPath}, its manifest in ${paths.manifestPath}.\n` +
            `${check.dimensions} numbers of length 1, the same in a batch to ${check.batchDifference.toExponential(1)}${parity}.`,
        );
        if (paths.statisticsPath) print(`The statistics of its space are in ${paths.statisticsPath}.`);
        if (!fitted) print(`It has no thresholds yet: claimprint models fit PHOTOS --model ${name} --write`);
      }
      return 0;
    },
  )
    .requiredOption(
      '--manifest <file-or-name>',
      'its manifest (models/README.md), or the name of one that comes with Claimprint',
    )
    .option('--parity <photo>', 'try it on this photo')
    .option(
      '--statistics <file>',
      'the statistics of its space, as `models fit-whitening --write` leaves them beside a manifest; those kept here unless given',
    )
    .option('--expect <file>', 'numbers that it must give for that photo, as a JSON list; their cosine must be .9999');
}

/** @throws NOT_READABLE */
function readNamed(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ClaimprintError('NOT_READABLE', `The file ${file} cannot be read.`, { cause });
  }
}

/** @throws BAD_VECTOR, NOT_READABLE */
function readVector(file: string): number[] {
  const text = readNamed(file).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (Array.isArray(json) && json.length > 0 && json.every((each) => Number.isFinite(each))) return json;
  throw new ClaimprintError('BAD_VECTOR', `${file} is no JSON list of numbers.`);
}
