import { ClaimprintError } from '../protocol/errors.js';

/** Where a model may compute. */
export const PROVIDERS = ['cuda', 'webgpu', 'cpu'] as const;
export type Provider = (typeof PROVIDERS)[number];
/** `auto`: on CUDA if it is installed and works, else on the CPU. */
export const PROVIDER_CHOICES = ['auto', ...PROVIDERS] as const;
export type ProviderChoice = (typeof PROVIDER_CHOICES)[number];

/** How a machine runs its model; what is left out follows from the provider and the machine. */
export interface ModelSettings {
  /** Any but `auto` is an order: where it cannot be had, nothing else is taken. */
  readonly provider?: ProviderChoice | undefined;
  /** Photos of one size that the model is given at once. */
  readonly batchSize?: number | undefined;
  /** Processes that decode photos for it. */
  readonly decoders?: number | undefined;
}

export const MAX_BATCH_SIZE = 256;
export const MAX_DECODERS = 256;

/** @param name of the option or variable @throws BAD_REQUEST */
export function parseProvider(text: string, name: string): ProviderChoice {
  const choice = PROVIDER_CHOICES.find((each) => each === text);
  if (choice) return choice;
  const message = `${name} is one of ${PROVIDER_CHOICES.join(', ')}, not ${JSON.stringify(text.slice(0, 60))}.`;
  throw new ClaimprintError('BAD_REQUEST', message);
}
