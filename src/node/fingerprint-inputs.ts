import { createHash } from 'node:crypto';
import type {
  Fingerprint,
  FingerprintOutcome,
  KnownPhoto,
  PartRequest,
  PhotoSource,
  Pixels,
} from '../fingerprint/fingerprint.js';
import { outcomeOf } from '../fingerprint/fingerprint-all.js';
import type { ClaimprintError } from '../protocol/errors.js';
import type { PhotoInput } from './intake/photo-source.js';
import type { Node } from './node.js';

export interface FingerprintedInput<Input> {
  readonly input: Input;
  readonly error?: undefined;
  /** SHA-256 of the file's bytes. */
  readonly content: Buffer;
  readonly fingerprint: Fingerprint;
  /** The photo as the model saw it, where the fingerprint was computed for this input. */
  readonly pixels?: Pixels | undefined;
}

export interface FailedInput<Input> {
  readonly input: Input;
  readonly error: ClaimprintError;
}

interface FingerprintOptions {
  readonly signal?: AbortSignal | undefined;
  readonly parts?: PartRequest | undefined;
  readonly fillIn?: boolean;
}

/** An input on its way, with its content once it is read. */
interface Turn<Input> {
  readonly input: Input;
  readonly content?: Buffer;
  /** There where it is computed: inputs of the same bytes wait for it. */
  readonly leader?: Leader;
}

interface Leader {
  outcome?: FingerprintOutcome<unknown>;
}

/**
 * Reads and fingerprints photos in constant memory; the answers come in the order of the inputs. The same bytes
 * are computed once: a fingerprint in the store is reused, and so is one that is under way. The model is loaded for the
 * first photo that needs it.
 * @param parts wanted beside the whole photos
 * @param fillIn computes photos once more that are known without their regions, where those are sent now
 * @throws MODEL_MISSING, MODEL_MISMATCH; what is wrong with one photo is that photo's error
 */
export async function* fingerprintInputs<Input extends PhotoInput>(
  inputs: readonly Input[],
  node: Node,
  { signal, parts, fillIn }: FingerprintOptions = {},
): AsyncGenerator<FingerprintedInput<Input> | FailedInput<Input>> {
  const underWay = new Map<string, Leader>();
  const sources = sourcesOf(inputs, node, underWay, { signal, parts, fillIn });
  for await (const { key, ...outcome } of fingerprintWhatIsNew(sources, node)) {
    const { input, content, leader } = key;
    if (leader) {
      leader.outcome = { key, ...outcome };
      underWay.delete(content!.toString('hex'));
    }
    if (outcome.error) yield { input, error: outcome.error };
    else yield { input, content: content!, fingerprint: outcome.result, pixels: outcome.pixels };
  }
}

async function* sourcesOf<Input extends PhotoInput>(
  inputs: readonly Input[],
  { store, pipeline, seals }: Pick<Node, 'store' | 'pipeline' | 'seals'>,
  underWay: Map<string, Leader>,
  { signal, parts, fillIn }: FingerprintOptions,
): AsyncGenerator<Source<Input>> {
  // A photo may have been computed while they were switched off.
  const wantsRegions = fillIn && seals.inUse.some(({ evidence }) => evidence);
  for (const input of inputs) {
    if (signal?.aborted) return;
    try {
      if (input.error) throw input.error;
      const bytes = await input.read();
      const content = createHash('sha256').update(bytes).digest();
      const name = content.toString('hex');
      const before = underWay.get(name);
      // Nothing but the whole photo's is kept.
      const kept = before || parts ? undefined : await store.fingerprints.find(content, pipeline);
      const known = kept?.regions || kept?.flat || !wantsRegions ? kept : undefined;
      if (before) yield { key: { input, content }, known: () => resultOf(before.outcome!) };
      else if (known) yield { key: { input, content }, known: () => known };
      else {
        const leader: Leader = {};
        underWay.set(name, leader);
        yield { key: { input, content, leader }, bytes: async () => bytes, parts };
      }
    } catch (error) {
      yield { key: { input }, known: () => raise(error) };
    }
  }
}

type Source<Input> = PhotoSource<Turn<Input>> | KnownPhoto<Turn<Input>>;

async function* fingerprintWhatIsNew<Input>(
  sources: AsyncGenerator<Source<Input>>,
  node: Pick<Node, 'fingerprinter'>,
): AsyncGenerator<FingerprintOutcome<Turn<Input>>> {
  for await (const first of sources) {
    if ('known' in first) yield outcomeOf(first);
    else {
      const fingerprinter = await node.fingerprinter();
      yield* fingerprinter.fingerprintAll(startingWith(first, sources));
    }
  }
}

async function* startingWith<Each>(first: Each, others: AsyncIterable<Each>): AsyncGenerator<Each> {
  yield first;
  yield* others;
}

function resultOf({ result, error }: FingerprintOutcome<unknown>): Fingerprint {
  if (error) throw error;
  return result;
}

function raise(error: unknown): never {
  throw error;
}
