import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hubCommands } from '../../../src/hub/commands.js';
import { type Hub, openHub } from '../../../src/hub/hub.js';
import { type HubServer, startHubServer } from '../../../src/hub/server.js';
import type { Logger } from '../../../src/platform/log.js';
import { loadManifest } from '../../../src/platform/manifest-file.js';
import type { OutsideIssuer } from '../../../src/platform/outside-issuer.js';
import { CLIENT_ASSERTION_TYPE, signClientAssertion } from '../../../src/protocol/client-assertion.js';
import {
  type FindArguments,
  findDigest,
  submissionDigest,
  type WithdrawTarget,
  withdrawDigest,
} from '../../../src/protocol/digest.js';
import { parseTenantId, type TenantId, uuidV7 } from '../../../src/protocol/ids.js';
import type { Signer } from '../../../src/protocol/jws.js';
import { generatePrivateJwk, importSigner, type PrivateJwk, toPublicJwk } from '../../../src/protocol/keys.js';
import { type EntryLeaf, encodeLeaf } from '../../../src/protocol/leaf.js';
import { FIRST_TILE } from '../../../src/protocol/part-kinds.js';
import { PROOF_HEADER, type RequestProof, signProof } from '../../../src/protocol/proof.js';
import { formatSpaceId, type SpaceId } from '../../../src/protocol/space.js';
import { encodeVector, type VectorEncoding } from '../../../src/protocol/vector.js';

export const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string, fields?: object) => console.error(message, fields),
};

const manifest = loadManifest();
/** What every leaf here says it resembles photos in general. */
export const OFFSET = manifest.offset.min;
/** Cosines to a leaf from which on a photo is a match. */
export const REVIEW = manifest.decision.review + OFFSET;
export const DIMENSIONS = manifest.output.dimensions;
export const SPACE = space({});

export function space(change: Partial<Parameters<typeof formatSpaceId>[0]>): SpaceId {
  return formatSpaceId({
    model: manifest.model.sha256,
    preprocessing: manifest.preprocessing,
    whitening: manifest.whitening ?? undefined,
    profile: 'rotated',
    epoch: 1,
    keyCheck: '0011223344556677',
    ...change,
  });
}

export interface RunningHub {
  readonly directory: string;
  readonly hub: Hub;
  readonly address: string;
  tenant(name: string): Promise<TestNode>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface HubChange {
  /** Takes the hub's log lines. */
  readonly logger?: Logger;
  readonly now?: () => number;
  readonly qdrantUrl?: string;
  readonly outsideIssuer?: OutsideIssuer;
  /** A PostgreSQL database in place of a file in the directory. */
  readonly databaseUrl?: string;
}

/** A real hub on a free port of loopback, in a directory of its own. */
export async function runHub({ now, logger = quiet, ...configuration }: HubChange = {}): Promise<RunningHub> {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-hub-'));
  const open = () => openHub({ dataDirectory: directory }, { configuration, logger, now });
  let hub = await open();
  let server: HubServer = await startHubServer(hub, { host: '127.0.0.1', port: 0 });
  const shut = async () => {
    await server.close();
    await hub.close();
  };
  const running = {
    directory,
    get hub() {
      return hub;
    },
    get address() {
      return server.address;
    },
    tenant: async (name: string) => {
      const node = await TestNode.create(name, () => server.address, hub.id);
      await hubCommands.tenantAdd(hub, { tenant: name, jwk: toPublicJwk(node.jwk) });
      return node;
    },
    restart: async () => {
      await shut();
      hub = await open();
      server = await startHubServer(hub, { host: '127.0.0.1', port: 0 });
    },
    stop: async () => {
      await shut();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return running;
}

export interface Answer {
  readonly status: number;
  readonly body: any;
  readonly text: string;
  readonly headers: Headers;
}

/** Speaks to a hub as a node does, and can be told to do it wrongly. */
export class TestNode {
  token: string | undefined;
  /** Its clock. */
  nowMs: () => number = Date.now;

  private constructor(
    readonly tenant: TenantId,
    readonly jwk: PrivateJwk,
    readonly signer: Signer,
    private readonly address: () => string,
    readonly hub: string,
  ) {}

  static async create(name: string, address: () => string, hub: string): Promise<TestNode> {
    const jwk = await generatePrivateJwk();
    return new TestNode(parseTenantId(name), jwk, await importSigner(jwk), address, hub);
  }

  /** The same node at another hub. */
  at(address: string): TestNode {
    const node = new TestNode(this.tenant, this.jwk, this.signer, () => address, this.hub);
    node.nowMs = this.nowMs;
    return node;
  }

  async requestToken(assertion?: string, extra: Record<string, string> = {}): Promise<Answer> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: assertion ?? (await signClientAssertion(this.tenant, this.hub, this.signer, this.nowMs())),
      ...extra,
    });
    return answerOf(await fetch(`${this.address()}/oauth/token`, { method: 'POST', body: form }));
  }

  async accessToken(): Promise<string> {
    this.token ??= (await this.requestToken()).body.access_token as string;
    return this.token;
  }

  /** Signs what is given as this node's proof. */
  async proof(claims: Partial<RequestProof> & Pick<RequestProof, 'operation' | 'digest'>): Promise<string> {
    const proof = {
      tenant: this.tenant,
      node: '3f0c9b1e-2f64-4f2e-8f0a-b4b0f2a4c111',
      jti: uuidV7(),
      count: 1,
      space: SPACE,
      ...claims,
    };
    return signProof(proof, this.hub, await this.accessToken(), this.signer, this.nowMs());
  }

  async post(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.address()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
    return answerOf(response);
  }

  /** Sends a query with token and, if given, proof. */
  async query(query: string, variables: object = {}, proof?: string): Promise<Answer> {
    const token = await this.accessToken();
    return this.post(
      { query, variables },
      { authorization: `Bearer ${token}`, ...(proof !== undefined && { [PROOF_HEADER]: proof }) },
    );
  }

  /** Asks for something with the token alone: `GET` of a path. */
  async read(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const authorization = `Bearer ${await this.accessToken()}`;
    return answerOf(await fetch(`${this.address()}${path}`, { headers: { authorization, ...headers } }));
  }

  async submit(
    leaves: readonly Uint8Array[],
    change: Partial<RequestProof> & { sent?: readonly Uint8Array[] } = {},
  ): Promise<Answer> {
    const { sent = leaves, ...claims } = change;
    const digest = submissionDigest(leaves);
    const proof = await this.proof({ operation: 'submitEmbeddings', digest, count: leaves.length, ...claims });
    const input = { space: claims.space ?? SPACE, entries: sent.map(base64) };
    return this.query(SUBMIT, { input }, proof);
  }

  async find(args: Partial<FindArguments>, claims: Partial<RequestProof> = {}): Promise<Answer> {
    const all: FindArguments = {
      space: SPACE,
      scope: 'ALL',
      limit: 10,
      linesOfBusiness: [],
      purpose: 'CLAIM_CHECK',
      ...args,
    };
    const proof = await this.proof({
      operation: 'findDuplicates',
      digest: findDigest(all),
      space: all.space,
      ...claims,
    });
    return this.query(FIND, { input: findInput(all) }, proof);
  }

  async withdraw(target: WithdrawTarget, space?: string, claims: Partial<RequestProof> = {}): Promise<Answer> {
    const count = 'references' in target ? target.references.length : 0;
    const digest = withdrawDigest(target, space);
    const proof = await this.proof({ operation: 'withdrawEntries', digest, count, space: space ?? '', ...claims });
    const input =
      'references' in target
        ? { references: target.references.map(base64), space }
        : 'claimReference' in target
          ? { claimReference: base64(target.claimReference), space }
          : { all: true, space };
    return this.query(WITHDRAW, { input }, proof);
  }
}

export const SUBMIT =
  'mutation ($input: SubmitEmbeddingsInput!) { submitEmbeddings(input: $input) { receipt entryIds position } }';
export const FIND = `query ($input: FindDuplicatesInput!) { findDuplicates(input: $input) {
  matches { entry { id scope tenant firstSeen } scope decision probability similarity score kind evidence finalAnswer }
  decision complete truncated searched queryId } }`;
export const WITHDRAW =
  'mutation ($input: WithdrawEntriesInput!) { withdrawEntries(input: $input) { receipt withdrawn } }';

export function findInput({ reference, leaf, ...rest }: FindArguments): object {
  return { ...rest, ...(reference && { reference: base64(reference) }), ...(leaf && { entry: base64(leaf) }) };
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, body, text, headers: response.headers };
}

export const errorCode = (answer: Answer): string | undefined => answer.body?.errors?.[0]?.extensions?.code;

/** How many matches a search was given. */
export const matches = (answer: Answer): number => answer.body.data.findDuplicates.matches.length;

/** 32 bytes that stand for a name, as a node's keyed hash would. */
export const ref = (name: string): Buffer => createHash('sha256').update(name).digest();

export interface LeafChange extends Partial<EntryLeaf> {
  readonly vector?: Float32Array;
  /** Of a deep search. */
  readonly tiles?: readonly Float32Array[];
  readonly encoding?: VectorEncoding;
}

export function leaf(name: string, more: LeafChange = {}): Buffer {
  const { vector = direction(name), tiles = [], encoding = 'f32', ...change } = more;
  const part = (kind: number, of: Float32Array) => ({ kind, encoding, bytes: encodeVector(of, encoding) });
  return encodeLeaf({
    ref: ref(name),
    claimRef: ref(`claim of ${name}`),
    lineOfBusiness: 'MOTOR',
    expiresAt: Math.floor(Date.now() / 1000) + 365 * 86_400,
    offset: OFFSET * 1e6,
    salt: randomBytes(16),
    parts: [part(0, vector), ...tiles.map((tile, i) => part(FIRST_TILE + i, tile))],
    ...change,
  });
}

/** A unit vector of its own for every name: two of them are nearly orthogonal. */
export function direction(name: string, dimensions = DIMENSIONS): Float32Array {
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < dimensions; i += 8) {
    const hash = createHash('sha256').update(`${name}/${i}`).digest();
    for (let j = 0; j < 8 && i + j < dimensions; j++) vector[i + j] = hash.readInt32BE(j * 4);
  }
  return unit(vector);
}

/** A unit vector at the given cosine to another. */
export function near(vector: Float32Array, cosine: number, name = 'elsewhere'): Float32Array {
  const other = direction(name, vector.length);
  const dot = other.reduce((sum, x, i) => sum + x * vector[i]!, 0);
  const orthogonal = unit(other.map((x, i) => x - dot * vector[i]!));
  const sine = Math.sqrt(1 - cosine * cosine);
  return unit(vector.map((x, i) => cosine * x + sine * orthogonal[i]!));
}

export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}
