import { homedir } from 'node:os';
import { join } from 'node:path';

/** Everything read from the environment, read here and nowhere else. */
export interface Configuration {
  /** Where downloaded models are kept: CLAIMPRINT_CACHE, else XDG_CACHE_HOME/claimprint, else ~/.cache/claimprint. */
  readonly cacheDirectory: string;
  /** Qdrant's address (QDRANT_URL); without it the hub's index is the embedded one. */
  readonly qdrantUrl: string | undefined;
  readonly qdrantApiKey: string | undefined;
  /** Where the hub's journal of withdrawals is kept (CLAIMPRINT_JOURNAL); without it, in the data directory. */
  readonly journalDirectory: string | undefined;
  /** CLAIMPRINT_LOG_LEVEL: fatal, error, warn, info, debug; without it servers log from warn on, commands not at all. */
  readonly logLevel: string | undefined;
}

export function readConfiguration(env: NodeJS.ProcessEnv = process.env): Configuration {
  const cacheHome = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return {
    cacheDirectory: env.CLAIMPRINT_CACHE || join(cacheHome, 'claimprint'),
    qdrantUrl: env.QDRANT_URL || undefined,
    qdrantApiKey: env.QDRANT_API_KEY || undefined,
    journalDirectory: env.CLAIMPRINT_JOURNAL || undefined,
    logLevel: env.CLAIMPRINT_LOG_LEVEL || undefined,
  };
}
