import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { ClaimprintError } from '../protocol/errors.js';
import { MAX_BATCH_SIZE, MAX_DECODERS, type ModelSettings, parseProvider } from './model-settings.js';
import { type OutsideIssuer, parseOutsideIssuer } from './outside-issuer.js';
import { parseTenantLimits } from './tenant-limits.js';

/** Everything read from the environment, read here and nowhere else. */
export interface Configuration {
  /** Where downloaded models are kept: CLAIMPRINT_CACHE, else XDG_CACHE_HOME/claimprint, else ~/.cache/claimprint. */
  readonly cacheDirectory: string;
  /** Folders that a node reads photos from (CLAIMPRINT_PHOTOS_ROOT, separated like PATH); without it, from those that the node was made with. */
  readonly photosRoots: readonly string[] | undefined;
  /**
   * Whether a node computes and sends the vectors of regions, by which the hub tells copies from photos of the same scene;
   * CLAIMPRINT_EVIDENCE=off: not.
   */
  readonly evidence: boolean;
  /** PostgreSQL's address (DATABASE_URL), password included: never shown. Without it a hub's ledger is a file. */
  readonly databaseUrl: string | undefined;
  /** Qdrant's address (QDRANT_URL); without it the hub's index is the embedded one. */
  readonly qdrantUrl: string | undefined;
  readonly qdrantApiKey: string | undefined;
  /** CLAIMPRINT_QDRANT_ALLOW_PLAIN_HTTP=1: Qdrant is off loopback and something else encrypts the way to it. */
  readonly qdrantAllowPlainHttp: boolean;
  /** Where the hub's journal of withdrawals is kept (CLAIMPRINT_JOURNAL); without it, in the data directory. */
  readonly journalDirectory: string | undefined;
  /** Distinct queries of one insurer at one entry of another (CLAIMPRINT_QUERY_BUDGET); undefined: as was last set. */
  readonly queryBudget: number | undefined;
  /**
   * What each insurer may use (CLAIMPRINT_MAX_SEARCHES_PER_MINUTE, CLAIMPRINT_MAX_SEARCHES_PER_DAY,
   * CLAIMPRINT_MAX_ENTRIES_PER_DAY, CLAIMPRINT_MAX_COST_PER_DAY); Infinity: no limit; absent: as was last set.
   */
  readonly tenantLimits: ReturnType<typeof parseTenantLimits>;
  /** How long a call to Qdrant may take: CLAIMPRINT_QDRANT_TIMEOUT_MS, else 10,000. */
  readonly qdrantTimeoutMs: number;
  /**
   * How a collection is spread over a Qdrant cluster when it is made: CLAIMPRINT_QDRANT_SHARDS,
   * CLAIMPRINT_QDRANT_REPLICAS and CLAIMPRINT_QDRANT_WRITE_CONSISTENCY (replicas that must have a write), each else 1.
   */
  readonly qdrantSpread: { readonly shards: number; readonly replicas: number; readonly writeConsistency: number };
  /**
   * An identity provider whose tokens the hub takes in place of its own: CLAIMPRINT_ISSUER, CLAIMPRINT_JWKS and
   * CLAIMPRINT_TOKEN_ENDPOINT, all three.
   */
  readonly outsideIssuer: OutsideIssuer | undefined;
  /**
   * How this machine runs its model: CLAIMPRINT_PROVIDER (auto, cuda, webgpu or cpu), CLAIMPRINT_BATCH_SIZE and
   * CLAIMPRINT_DECODERS (processes that decode photos); what is left out follows from the machine.
   */
  readonly modelSettings: ModelSettings;
  /** Base address of an OpenTelemetry collector (OTEL_EXPORTER_OTLP_ENDPOINT); without it nothing is traced. */
  readonly otlpEndpoint: string | undefined;
  /** CLAIMPRINT_LOG_LEVEL: fatal, error, warn, info, debug; without it servers log from warn on, commands not at all. */
  readonly logLevel: string | undefined;
}

/** @throws BAD_REQUEST if a number is none */
export function readConfiguration(env: NodeJS.ProcessEnv = process.env): Configuration {
  const cacheHome = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const replicas = wholeNumber(env, 'CLAIMPRINT_QDRANT_REPLICAS', 1, 100);
  return {
    cacheDirectory: env.CLAIMPRINT_CACHE || join(cacheHome, 'claimprint'),
    photosRoots: (env.CLAIMPRINT_PHOTOS_ROOT || undefined)
      ?.split(delimiter)
      .filter((root) => root !== '')
      .map((root) => resolve(root)),
    evidence: onOrOff(env, 'CLAIMPRINT_EVIDENCE'),
    databaseUrl: env.DATABASE_URL || undefined,
    qdrantUrl: env.QDRANT_URL || undefined,
    qdrantApiKey: env.QDRANT_API_KEY || undefined,
    qdrantAllowPlainHttp: env.CLAIMPRINT_QDRANT_ALLOW_PLAIN_HTTP === '1',
    journalDirectory: env.CLAIMPRINT_JOURNAL || undefined,
    queryBudget: env.CLAIMPRINT_QUERY_BUDGET ? wholeNumber(env, 'CLAIMPRINT_QUERY_BUDGET', 1, 10_000) : undefined,
    tenantLimits: parseTenantLimits(
      {
        searchesPerMinute: env.CLAIMPRINT_MAX_SEARCHES_PER_MINUTE || undefined,
        searchesPerDay: env.CLAIMPRINT_MAX_SEARCHES_PER_DAY || undefined,
        entriesPerDay: env.CLAIMPRINT_MAX_ENTRIES_PER_DAY || undefined,
        costPerDay: env.CLAIMPRINT_MAX_COST_PER_DAY || undefined,
      },
      (limit) => `CLAIMPRINT_MAX_${limit.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    ),
    qdrantTimeoutMs: wholeNumber(env, 'CLAIMPRINT_QDRANT_TIMEOUT_MS', 10_000, 600_000),
    qdrantSpread: {
      shards: wholeNumber(env, 'CLAIMPRINT_QDRANT_SHARDS', 1, 1_000),
      replicas,
      writeConsistency: wholeNumber(env, 'CLAIMPRINT_QDRANT_WRITE_CONSISTENCY', 1, replicas),
    },
    outsideIssuer: parseOutsideIssuer({
      issuer: env.CLAIMPRINT_ISSUER || undefined,
      jwksUrl: env.CLAIMPRINT_JWKS || undefined,
      tokenEndpoint: env.CLAIMPRINT_TOKEN_ENDPOINT || undefined,
    }),
    modelSettings: {
      provider: env.CLAIMPRINT_PROVIDER ? parseProvider(env.CLAIMPRINT_PROVIDER, 'CLAIMPRINT_PROVIDER') : undefined,
      batchSize: env.CLAIMPRINT_BATCH_SIZE ? wholeNumber(env, 'CLAIMPRINT_BATCH_SIZE', 1, MAX_BATCH_SIZE) : undefined,
      decoders: env.CLAIMPRINT_DECODERS ? wholeNumber(env, 'CLAIMPRINT_DECODERS', 1, MAX_DECODERS) : undefined,
    },
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT || undefined,
    logLevel: env.CLAIMPRINT_LOG_LEVEL || undefined,
  };
}

/** The environment of servers whose warnings nobody is there to collect: they log errors alone, unless something else is set. */
export function quietEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, CLAIMPRINT_LOG_LEVEL: env.CLAIMPRINT_LOG_LEVEL || 'error' };
}

/** On if not given. */
function onOrOff(env: NodeJS.ProcessEnv, name: string): boolean {
  const text = env[name] || 'on';
  if (text === 'on' || text === 'off') return text === 'on';
  throw new ClaimprintError('BAD_REQUEST', `${name} is on or off.`);
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, otherwise: number, most: number): number {
  const text = env[name];
  if (!text) return otherwise;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new ClaimprintError('BAD_REQUEST', `${name} is a whole number from 1 to ${most}.`);
  return value;
}
