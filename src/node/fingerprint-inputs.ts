import { createHash } from 'node:crypto';
import type { Fingerprint, PartRequest, PhotoSource, Pixels } from '../fingerprint/fingerprint.js';
import { type ClaimprintError, toClaimprintError } from '../protocol/errors.js';
import type { PhotoInput } from './intake/photo-source.js';
import type { Node } from './node.js';

export interface FingerprintedInput<Input> {
  readonly input: Input;
  readonly error?: undefined;
  /** SHA-256 of the file's bytes. */
  readonly content: Buffer;
  readonly fingerprint: Fingerprint;
  /** The photo as the model saw it, where the fingerprint was computed and not found in the store. */
  readonly pixels?: Pixels;
}

export interface FailedInput<Input> {
  readonly input: Input;
  readonly error: ClaimprintError;
}

/**
 * Reads and fingerprints photos in constant memory; the answers come in nearly the order of the inputs. The same bytes
 * are computed once: a fingerprint in the store is reused, and so is one that is under way.
 * @param parts wanted beside the whole photos
 * @throws MODEL_MISSING, MODEL_MISMATCH; what is wrong with one photo is that photo's error
 */
export async function* fingerprintInputs<Input extends PhotoInput>(
  inputs: readonly Input[],
  node: Node,
  { signal, parts }: { readonly signal?: AbortSignal | undefined; readonly parts?: PartRequest | undefined } = {},
): AsyncGenerator<FingerprintedInput<Input> | FailedInput<Input>> {
  const ready: (FingerprintedInput<Input> | FailedInput<Input>)[] = [];
  const underWay = new Map<string, Input[]>();
  // A photo may have been computed while they were switched off.
  const wantsRegions = node.seals.inUse.some(({ evidence }) => evidence);

  async function* sources(): AsyncGenerator<PhotoSource<Buffer>> {
    for (const input of inputs) {
      if (signal?.aborted) return;
      if (input.error) {
        ready.push({ input, error: input.error });
        continue;
      }
      try {
        const bytes = await input.read();
        const content = createHash('sha256').update(bytes).digest();
        const waiting = underWay.get(content.toString('hex'));
        // Nothing but the whole photo's is kept.
        const kept = waiting || parts ? undefined : await node.store.fingerprints.find(content, node.pipeline);
        const known = kept?.regions || !wantsRegions ? kept : undefined;
        if (waiting) waiting.push(input);
        else if (known) ready.push({ input, content, fingerprint: known });
        else {
          underWay.set(content.toString('hex'), [input]);
          yield { key: content, bytes: async () => bytes, parts };
        }
      } catch (error) {
        ready.push({ input, error: toClaimprintError(error) });
      }
    }
  }

  if (inputs.some(({ error }) => !error)) {
    const fingerprinter = await node.fingerprinter();
    for await (const { key: content, ...outcome } of fingerprinter.fingerprintAll(sources())) {
      const name = content.toString('hex');
      const twins = underWay.get(name) ?? [];
      underWay.delete(name);
      for (const input of twins) {
        if (outcome.error) ready.push({ input, error: outcome.error });
        else ready.push({ input, content, fingerprint: outcome.result, pixels: outcome.pixels });
      }
      yield* ready.splice(0);
    }
  } else {
    for (const input of inputs) ready.push({ input, error: input.error! });
  }
  yield* ready.splice(0);
}
