import type { Command } from 'commander';
import { loadModelManifest } from '../../platform/manifest-file.js';
import { parseProvider } from '../../platform/model-settings.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command } from '../command.js';
import { configuration } from '../process.js';
import { print, printJson } from '../terminal.js';
import { MODEL_OPTION, type ModelOption } from './model-option.js';

interface VerifyOptions extends ModelOption {
  provider?: string;
  photo?: string[];
}

export function verifyCommand(): Command {
  return command<VerifyOptions>(
    'verify',
    "check the cached model's SHA-256, and with --provider that a GPU says the same as the CPU",
    async (_none, { model, json, provider, photo }) => {
      if (photo && provider === undefined) {
        throw new ClaimprintError('BAD_REQUEST', '--photo says what to try a provider on: name one with --provider.');
      }
      const choice = provider === undefined ? undefined : parseProvider(provider, '--provider');
      const { verifyModel } = await import('../../fingerprint/model-cache.js');
      const { cacheDirectory } = configuration();
      const manifest = loadModelManifest(model, cacheDirectory);
      const path = await verifyModel(manifest, cacheDirectory);
      const check = choice && (await checkOn(choice, photo ?? [], manifest, path));
      if (json) printJson({ path, sha256: manifest.model.sha256, ok: true, ...(check && { check }) });
      else {
        print(`${path} is the model of ${manifest.name}.`);
        if (check) {
          const pictures = check.pictures === 1 ? 'one picture' : `${check.pictures} pictures`;
          print(
            `It runs on ${check.provider}: cosine with the CPU at least ${check.leastCosine.toFixed(6)} on ${pictures}.`,
          );
          if (check.fallback) print(check.fallback);
        }
      }
      return 0;
    },
  )
    .option(...MODEL_OPTION)
    .option('--provider <name>', 'try this provider too: auto, cuda, webgpu or cpu; the cosine must be .999 or more')
    .option('--photo <file...>', 'on these photos; on a drawn picture unless given');
}

async function checkOn(
  choice: ReturnType<typeof parseProvider>,
  files: readonly string[],
  manifest: ReturnType<typeof loadModelManifest>,
  path: string,
) {
  const { checkProvider } = await import('../../fingerprint/check-provider.js');
  const { photoFile } = await import('../../node/intake/photo-file.js');
  const { PhotoRoots } = await import('../../node/intake/photo-roots.js');
  const roots = new PhotoRoots();
  const photos = files.map((file) => photoFile(file, roots).read);
  return checkProvider(manifest, path, choice, photos);
}
