import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFingerprinter, type Fingerprinter } from '../../src/fingerprint/fingerprint.js';
import type { SealUse } from '../../src/fingerprint/seal-key.js';
import { createSealKey } from '../../src/fingerprint/seal-key-file.js';
import { hubCommands } from '../../src/hub/commands.js';
import { type Hub, openHub } from '../../src/hub/hub.js';
import { type HubServer, startHubServer } from '../../src/hub/server.js';
import type { CheckReport } from '../../src/node/check-report.js';
import { nodeCommands } from '../../src/node/commands.js';
import { type InitOptions, initNode } from '../../src/node/init.js';
import { type Node, type OpenNodeOptions, openNode } from '../../src/node/node.js';
import { readConfiguration } from '../../src/platform/config.js';
import type { Logger } from '../../src/platform/log.js';
import { manifest, modelFile } from './fingerprinter.js';

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
export const configuration = readConfiguration();

type OpenOptions = Pick<OpenNodeOptions, 'nowMs' | 'around'> & {
  readonly evidence?: boolean;
  readonly cacheDirectory?: string;
};

/** A real hub and real nodes in this process, in a temporary folder. */
export class Insurers {
  readonly directory = mkdtempSync(join(tmpdir(), 'claimprint-node-'));
  readonly sealKey = this.path('seal-key.json');
  hub!: Hub;
  /** The hub's clock. */
  now: () => number = Date.now;
  private server: HubServer | undefined;
  private readonly nodes: Node[] = [];
  private port = 0;
  private fingerprinter: Promise<Fingerprinter> | undefined;
  private runsOn: Fingerprinter | undefined;

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  get hubUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(use?: SealUse): Promise<this> {
    await createSealKey(this.sealKey, use);
    await this.startHub();
    return this;
  }

  /** Starts the hub, on the port it had before. */
  async startHub(): Promise<void> {
    mkdirSync(this.path('hub'), { recursive: true });
    const options = { configuration: {} as never, logger: silent, now: () => this.now() };
    this.hub = await openHub({ dataDirectory: this.path('hub') }, options);
    this.server = await startHubServer(this.hub, { host: '127.0.0.1', port: this.port });
    this.port = Number(new URL(this.server.address).port);
  }

  async stopHub(): Promise<void> {
    await this.server?.close();
    if (this.server) await this.hub.close();
    this.server = undefined;
  }

  /** Makes and opens a node; lets it in unless told otherwise. */
  async join(tenant: string, options: Partial<InitOptions> & OpenOptions & { admitted?: boolean } = {}): Promise<Node> {
    const init = { tenant, hubUrl: this.hubUrl, sealKeyFile: this.sealKey, ...options };
    const { publicJwk } = await initNode(this.path(tenant), init);
    if (options.admitted ?? true) await hubCommands.tenantAdd(this.hub, { tenant, jwk: publicJwk });
    return this.open(tenant, options.nowMs, options.around, options);
  }

  async open(
    tenant: string,
    nowMs?: OpenOptions['nowMs'],
    around?: OpenOptions['around'],
    { evidence = configuration.evidence, cacheDirectory = configuration.cacheDirectory }: OpenOptions = {},
  ): Promise<Node> {
    const options = {
      configuration: { ...configuration, evidence, cacheDirectory },
      logger: silent,
      around,
      ...(nowMs && { nowMs }),
    };
    const node = await openNode(this.path(tenant), options);
    this.nodes.push(node);
    const isUsual = evidence === configuration.evidence && cacheDirectory === configuration.cacheDirectory;
    return isUsual && !around ? this.withSharedModel(node) : node;
  }

  /** Lets the nodes have one loaded model, and its decoders, in the place of one each: loading it takes a second. */
  private withSharedModel(node: Node): Node {
    const fingerprinter = async () => {
      const settings = configuration.modelSettings;
      this.fingerprinter ??= createFingerprinter(manifest, {
        modelPath: modelFile,
        settings,
        regions: configuration.evidence,
      });
      this.runsOn = await this.fingerprinter;
      return this.fingerprinter;
    };
    return Object.assign(node, { fingerprinter, runsOn: () => this.runsOn });
  }

  write(name: string, bytes: Uint8Array): string {
    const path = this.path(name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  }

  /** Entries of a tenant that the hub holds. */
  async entriesAtHub(tenant: string): Promise<number> {
    return (await this.hub.ledger.countEntries(0)).get(tenant as never) ?? 0;
  }

  async remove(): Promise<void> {
    for (const node of this.nodes) await node.close();
    await (await this.fingerprinter)?.close();
    await this.stopHub();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs a node's command as the command line does. */
export async function run<Result = CheckReport>(node: Node, name: string, args: object): Promise<Result> {
  const command = nodeCommands[name]!;
  return (await command(node, args as never, () => undefined, new AbortController().signal)) as Result;
}
