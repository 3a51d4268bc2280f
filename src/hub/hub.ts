import { join } from 'node:path';
import type { Configuration } from '../platform/config.js';
import type { Logger } from '../platform/log.js';
import { loadManifests } from '../platform/manifest-file.js';
import type { OutsideIssuer } from '../platform/outside-issuer.js';
import { ClaimprintError } from '../protocol/errors.js';
import { followDecisions } from './follow-decisions.js';
import { Gate } from './gate.js';
import { Handles } from './handles.js';
import { ExactIndex } from './index/exact.js';
import { Indexer } from './index/indexer.js';
import type { VectorIndex } from './index/vector-index.js';
import { IssuerKeys } from './issuer-keys.js';
import { AuditTrail } from './ledger/audit/audit-trail.js';
import { CheckpointWriter } from './ledger/checkpoint-writer.js';
import type { HubKeys } from './ledger/hub-keys.js';
import { Invites } from './ledger/invites.js';
import { FileJournal } from './ledger/journal/file-journal.js';
import { NO_JOURNAL } from './ledger/journal/no-journal.js';
import type { Ledger } from './ledger/ledger.js';
import type { OpenedLedger } from './ledger/opened-ledger.js';
import type { Registry } from './ledger/registry.js';
import type { SpaceRegistry } from './ledger/space-registry.js';
import type { SqlLog } from './ledger/sql-log.js';
import { openSqliteLedger } from './ledger/sqlite.js';
import { QueryBudget } from './query-budget.js';
import { Readiness } from './readiness.js';
import { Retention } from './retention.js';
import { SpaceDirectory } from './spaces.js';
import { Sweeper } from './sweeper.js';
import { TenantBudget } from './tenant-budget.js';
import { Tenants } from './tenants.js';
import { TokenService } from './tokens.js';

export interface HubOptions {
  readonly configuration: Partial<
    Pick<
      Configuration,
      | 'databaseUrl'
      | 'qdrantUrl'
      | 'qdrantApiKey'
      | 'qdrantAllowPlainHttp'
      | 'qdrantTimeoutMs'
      | 'qdrantSpread'
      | 'journalDirectory'
      | 'outsideIssuer'
    >
  >;
  readonly logger: Logger;
  /** Milliseconds since 1970; tests set it. */
  readonly now?: () => number;
}

/** An opened hub: its stores and services, wired. It serves once a server is started on it. */
export interface Hub {
  /** `urn:uuid:…`, the audience of every token and proof. */
  readonly id: string;
  readonly keys: HubKeys;
  readonly ledger: Ledger;
  /** The log below the ledger, for what replaces all of it. */
  readonly log: SqlLog;
  /** Undefined if this hub was not told where its journal is. */
  readonly journalDirectory: string | undefined;
  readonly gate: Gate;
  readonly index: VectorIndex;
  readonly indexer: Indexer;
  readonly sweeper: Sweeper;
  readonly registry: Registry;
  readonly invites: Invites;
  readonly spaceRegistry: SpaceRegistry;
  readonly checkpoints: CheckpointWriter;
  readonly audit: AuditTrail;
  readonly spaces: SpaceDirectory;
  readonly retention: Retention;
  readonly queryBudget: QueryBudget;
  readonly tenantBudget: TenantBudget;
  readonly tenants: Tenants;
  readonly tokens: TokenService;
  readonly outsideIssuer: OutsideIssuer | undefined;
  readonly handles: Handles;
  readonly readiness: Readiness;
  readonly logger: Logger;
  readonly now: () => number;
  close(): Promise<void>;
}

/** Where a hub keeps what it must not lose. */
export interface HubPlace {
  /** Must exist and be owned by this process (platform/owner.ts). Needed unless the configuration names a database. */
  readonly dataDirectory?: string | undefined;
  /** Where the journal of withdrawals is kept; else CLAIMPRINT_JOURNAL, else in the data directory. */
  readonly journalDirectory?: string | undefined;
}

/**
 * Opens a hub where it keeps its ledger: in the configuration's database if there is one, else in the directory.
 * @throws BAD_REQUEST if it is nowhere; LEDGER_NEWER, LEDGER_CORRUPT; LEDGER_UNAVAILABLE, DATABASE_UNUSABLE
 */
export async function openHub(place: HubPlace, options: HubOptions): Promise<Hub> {
  const opened = await openLedger(place.dataDirectory, options.configuration.databaseUrl, options.logger);
  try {
    return await hubOn(opened, place, options);
  } catch (error) {
    // Its connections would keep the process alive.
    await opened.ledger.close();
    throw error;
  }
}

async function hubOn(
  { ledger, registry, spaces: spaceRegistry, identity, keys, log }: OpenedLedger,
  { dataDirectory, journalDirectory }: HubPlace,
  { configuration, logger, now = Date.now }: HubOptions,
): Promise<Hub> {
  const { outsideIssuer } = configuration;
  const index = await openIndex(configuration, identity.id, logger);
  const journalAt =
    journalDirectory ?? configuration.journalDirectory ?? (dataDirectory && join(dataDirectory, 'journal'));
  const journal = journalAt === undefined ? NO_JOURNAL : await FileJournal.open(journalAt, identity.id);
  log.keepJournal(journal);
  const tenants = await Tenants.open(registry, logger);
  const spaces = await SpaceDirectory.open(loadManifests(), spaceRegistry);
  const retention = await Retention.open(registry);
  const queryBudget = await QueryBudget.open(registry);
  const tenantBudget = await TenantBudget.open(registry, logger);
  const followers = [tenants, spaces, retention, queryBudget, tenantBudget, keys];
  const following = followDecisions({ ledger, followers, logger });
  const stopListening = ledger.onChange((change) => {
    // What was found in the replaced log is no longer to be found.
    if (change === 'restored') indexer.startAnew();
  });
  const indexer = new Indexer({ ledger, index, spaces, logger });
  const sweeper = new Sweeper({ ledger, tenants, indexer, logger, now });
  const checkpoints = new CheckpointWriter({ log, hub: identity.id, keys, now, logger });
  return {
    id: identity.id,
    keys,
    ledger,
    log,
    journalDirectory: journalAt,
    gate: new Gate(),
    index,
    indexer,
    sweeper,
    registry,
    invites: new Invites(log),
    spaceRegistry,
    checkpoints,
    audit: new AuditTrail(log),
    spaces,
    retention,
    queryBudget,
    tenantBudget,
    tenants,
    tokens: new TokenService({
      hub: identity.id,
      keys,
      tenants,
      registry,
      now,
      outsideIssuer: outsideIssuer && {
        ...outsideIssuer,
        keys: new IssuerKeys(outsideIssuer.jwksUrl, logger),
      },
    }),
    outsideIssuer,
    handles: new Handles(identity.secret),
    readiness: new Readiness({ ledger, index, indexer }),
    logger,
    now,
    close: async () => {
      stopListening();
      await following.stop();
      await sweeper.close();
      await checkpoints.close();
      await indexer.close();
      await index.close();
      await journal.close();
      await ledger.close();
    },
  };
}

async function openLedger(
  directory: string | undefined,
  url: string | undefined,
  logger: Logger,
): Promise<OpenedLedger> {
  if (url !== undefined) {
    const { openPostgresLedger } = await import('./ledger/postgres.js');
    return openPostgresLedger(url, logger);
  }
  if (directory !== undefined) return openSqliteLedger(join(directory, 'ledger.sqlite'), logger);
  throw new ClaimprintError('BAD_REQUEST', 'Say where the hub is: --data DIR, or DATABASE_URL for PostgreSQL.');
}

async function openIndex(
  configuration: HubOptions['configuration'],
  hub: string,
  logger: Logger,
): Promise<VectorIndex> {
  const { qdrantUrl: url, qdrantApiKey: apiKey, qdrantAllowPlainHttp: allowPlainHttp = false } = configuration;
  const { qdrantTimeoutMs: timeoutMs, qdrantSpread: spread } = configuration;
  if (!url) return new ExactIndex();
  const { QdrantIndex } = await import('./index/qdrant.js');
  return new QdrantIndex({ url, apiKey, allowPlainHttp, hub, timeoutMs, spread, logger });
}
