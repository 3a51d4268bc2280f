import type { Command } from 'commander';
import { MAX_BATCH_SIZE, MAX_DECODERS, type ModelSettings, parseProvider } from '../platform/model-settings.js';
import { wholeNumber } from './evaluation/numbers.js';

export interface ModelSettingsOptions {
  provider?: string;
  batchSize?: string;
  decoders?: string;
}

/** Adds the options of a command that runs a model for long. */
export function withModelSettings(command: Command): Command {
  return command
    .option(
      '--provider <name>',
      'what runs the model: auto (CUDA if it is installed and works, else the CPU), cuda, webgpu or cpu; one that is named and cannot be had is an error',
    )
    .option('--batch-size <n>', 'photos of one size that the model is given at once; 16 on a GPU, 1 on a CPU')
    .option('--decoders <n>', 'processes that decode photos; one a core unless given, 16 at most');
}

/** @throws BAD_REQUEST */
export function modelSettings({ provider, batchSize, decoders }: ModelSettingsOptions): ModelSettings {
  return {
    ...(provider !== undefined && { provider: parseProvider(provider, '--provider') }),
    ...(batchSize !== undefined && { batchSize: wholeNumber(batchSize, '--batch-size', 1, MAX_BATCH_SIZE) }),
    ...(decoders !== undefined && { decoders: wholeNumber(decoders, '--decoders', 1, MAX_DECODERS) }),
  };
}
