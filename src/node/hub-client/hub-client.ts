import { hubUnavailable } from '../../platform/hub-response.js';
import { type Checkpoint, verifyCheckpoint } from '../../protocol/checkpoint.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { TenantId } from '../../protocol/ids.js';
import { guardJws, type KeySet, type Signer } from '../../protocol/jws.js';
import type { KeyRequest } from '../../protocol/key-request.js';
import { exportPublicJwk, type PublicJwk } from '../../protocol/keys.js';
import { PROOF_HEADER, type RequestProof, signProof } from '../../protocol/proof.js';
import { type Receipt, verifyReceipt } from '../../protocol/receipt.js';
import { type AroundStep, nothingAround } from '../step.js';
import { AccessTokenSource, whyRefused } from './access-token.js';
import { hubError } from './hub-error.js';
import { exchange, type HubResponse } from './hub-http.js';
import { discoverHub, type HubIdentity } from './hub-identity.js';
import type { HubPin, PinKeeper } from './hub-pin.js';
import { sendKeyRequest } from './send-key-request.js';

/** What a request signs about itself; the client adds who asks. */
export type ProofContent = Pick<RequestProof, 'operation' | 'jti' | 'count' | 'space' | 'digest'>;

/** A receipt whose signature and content are as they should be. */
export interface CheckedReceipt {
  readonly text: string;
  /** Of the request's record in the hub's log. */
  readonly position: number;
  /** The hub's key that signed it, and its thumbprint. */
  readonly kid: string;
  readonly jwk: PublicJwk;
}

export interface HubClientOptions {
  readonly tenant: TenantId;
  /** This node's id. */
  readonly node: string;
  readonly hubUrl: string;
  readonly signer: Signer;
  readonly pins: PinKeeper;
  readonly nowMs: () => number;
  /** What requests run inside of. */
  readonly around?: AroundStep | undefined;
  /** For each exchange; 30 seconds if not given. */
  readonly timeoutMs?: number | undefined;
}

/** The node's way to the hub. */
export class HubClient {
  private readonly options: HubClientOptions;
  private acting: { readonly signer: Signer; readonly tokens: AccessTokenSource };
  private identity: Promise<HubIdentity> | undefined;

  constructor(options: HubClientOptions) {
    this.options = options;
    this.acting = actor(options, options.signer);
  }

  /** From now on everything is signed with this key. */
  useSigner(signer: Signer): void {
    this.acting = actor(this.options, signer);
  }

  /** The hub's, without a slash at the end. */
  get address(): string {
    return this.options.hubUrl;
  }

  /** Thumbprint of the key that signs. */
  get kid(): string {
    return this.acting.signer.kid;
  }

  /** The same insurer's with the same key, which asks everything anew, and keeps for itself what it learns. */
  anew(timeoutMs: number): HubClient {
    const { pins } = this.options;
    let learned: HubPin | undefined;
    const ownPins: PinKeeper = {
      read: async () => learned ?? (await pins.read()),
      save: async (pin) => {
        learned = pin;
      },
    };
    return new HubClient({ ...this.options, signer: this.acting.signer, pins: ownPins, timeoutMs });
  }

  get graphqlUrl(): string {
    return `${this.options.hubUrl}/graphql`;
  }

  /**
   * Headers that let one request in: the access token and, for a protected field, the proof.
   * @throws HUB_UNAVAILABLE, HUB_CHANGED, ISSUER_CHANGED, PROTOCOL_UNSUPPORTED, UNAUTHENTICATED, CLOCK_SKEW
   */
  async authorize(
    content: ProofContent | undefined,
  ): Promise<{ readonly [header: string]: string; authorization: string }> {
    const { hub, tokens: issuer } = await this.hub();
    // A token is bound to its key: both of before the key was changed, or both of after it.
    const { signer, tokens } = this.acting;
    const token = await tokens.get(hub, issuer);
    const authorization = `Bearer ${token}`;
    if (!content) return { authorization };
    const { tenant, node, nowMs } = this.options;
    const proof = await signProof({ ...content, tenant, node }, hub, token, signer, nowMs());
    return { authorization, [PROOF_HEADER]: proof };
  }

  /**
   * Sends one request and returns its data.
   * @param variables as JSON text, sent as it is
   * @throws the hub's coded error, or one of `authorize`
   */
  request(query: string, variables: string, content?: ProofContent): Promise<Readonly<Record<string, unknown>>> {
    const { around = nothingAround } = this.options;
    const step = { name: 'hub request', operation: content?.operation ?? 'other', entries: content?.count } as const;
    return around(step, () => this.send(query, variables, content));
  }

  private async send(
    query: string,
    variables: string,
    content: ProofContent | undefined,
  ): Promise<Readonly<Record<string, unknown>>> {
    let response = await this.post(query, variables, content);
    // A token can die before its time: the hub was restored, or its keys were renewed. A new one is asked for once.
    if (response.status === 401) response = await this.post(query, variables, content);
    return this.read(response);
  }

  /** @throws RECEIPT_INVALID unless the hub has signed that it holds exactly this request */
  async checkReceipt(text: unknown, content: ProofContent): Promise<CheckedReceipt> {
    const { hub, value } = await this.verified(async (keys) => {
      const receipt = await verifyReceipt(String(text), keys);
      const { kid } = guardJws(String(text), 'claimprint-receipt+jwt');
      return { receipt, kid, jwk: await exportPublicJwk(keys.get(kid)!) };
    });
    const { receipt, kid, jwk } = value;
    if (!this.isFor(receipt, hub, content)) {
      throw new ClaimprintError('RECEIPT_INVALID', "The hub's receipt is for another request.");
    }
    return { text: String(text), position: receipt.position, kid, jwk };
  }

  /** What a receipt says, of whatever request. @throws RECEIPT_INVALID unless the hub has signed it */
  async readReceipt(text: string): Promise<Receipt> {
    const { hub, value: receipt } = await this.verified((keys) => verifyReceipt(text, keys));
    if (receipt.hub !== hub) throw new ClaimprintError('RECEIPT_INVALID', 'The receipt is of another hub.');
    return receipt;
  }

  /** @throws CHECKPOINT_INVALID unless this hub has signed it */
  async checkCheckpoint(text: unknown): Promise<Checkpoint> {
    const { hub, value: checkpoint } = await this.verified((keys) => verifyCheckpoint(String(text), keys));
    if (checkpoint.hub !== hub) throw new ClaimprintError('CHECKPOINT_INVALID', 'The checkpoint is of another hub.');
    return checkpoint;
  }

  /**
   * Asks for something that the token alone allows.
   * @param path at the hub, with its query
   * @throws the hub's coded error, or one of `authorize`
   */
  async get(path: string): Promise<Readonly<Record<string, unknown>>> {
    let response = await this.getOnce(path);
    if (response.status === 401) response = await this.getOnce(path);
    const { errors } = (response.json ?? {}) as { errors?: unknown };
    const [error] = Array.isArray(errors) ? errors : [];
    if (response.status === 401) throw this.refusal(response, error);
    if (error) throw hubError(error, response.status);
    if (response.status !== 200 || typeof response.json !== 'object') throw hubUnavailable();
    return response.json as Record<string, unknown>;
  }

  /**
   * Asks the hub to change this insurer's keys; the first signer's key is one that the hub knows.
   * @throws the hub's coded error, or one of `authorize`
   */
  async changeKeys(content: Omit<KeyRequest, 'tenant'>, signers: readonly Signer[]): Promise<void> {
    const { hub } = await this.hub();
    const { hubUrl, tenant, nowMs } = this.options;
    await sendKeyRequest({ hubUrl, hub, nowMs }, { tenant, ...content }, signers);
  }

  private isFor(receipt: Receipt, hub: string, content: ProofContent): boolean {
    return (
      receipt.hub === hub &&
      receipt.tenant === this.options.tenant &&
      receipt.operation === content.operation &&
      receipt.jti === content.jti &&
      receipt.space === content.space &&
      receipt.count === content.count &&
      receipt.digest === Buffer.from(content.digest).toString('base64url')
    );
  }

  /** Checks what the hub has signed; once more with the keys it has now, as it may have a new one since it was asked. */
  private async verified<Value>(
    verify: (keys: KeySet) => Promise<Value>,
  ): Promise<{ readonly hub: string; readonly value: Value }> {
    const asked = this.hub();
    const { hub, keys } = await asked;
    try {
      return { hub, value: await verify(keys) };
    } catch (error) {
      if (this.identity === asked) this.identity = undefined;
      const now = await this.hub();
      if ([...now.keys.keys()].every((kid) => keys.has(kid))) throw error;
      return { hub: now.hub, value: await verify(now.keys) };
    }
  }

  private hub(): Promise<HubIdentity> {
    const { hubUrl, pins, timeoutMs } = this.options;
    this.identity ??= discoverHub(hubUrl, pins, timeoutMs).catch((error) => {
      this.identity = undefined;
      throw error;
    });
    return this.identity;
  }

  private async getOnce(path: string): Promise<HubResponse> {
    const headers = { ...(await this.authorize(undefined)), accept: 'application/json' };
    const { hubUrl, timeoutMs } = this.options;
    return this.forgetRefused(await exchange(`${hubUrl}${path}`, { headers }, timeoutMs), headers.authorization);
  }

  private async post(query: string, variables: string, content: ProofContent | undefined): Promise<HubResponse> {
    const authorization = await this.authorize(content);
    const headers = { ...authorization, 'content-type': 'application/json', accept: 'application/json' };
    // The variables are stored as text and stay that text.
    const body = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
    const response = await exchange(this.graphqlUrl, { method: 'POST', headers, body }, this.options.timeoutMs);
    return this.forgetRefused(response, authorization.authorization);
  }

  private forgetRefused(response: HubResponse, authorization: string): HubResponse {
    if (response.status === 401) {
      this.acting.tokens.drop(authorization.slice('Bearer '.length));
      this.identity = undefined;
    }
    return response;
  }

  private read(response: HubResponse): Readonly<Record<string, unknown>> {
    const { data, errors } = (response.json ?? {}) as { data?: unknown; errors?: unknown };
    const [error] = Array.isArray(errors) ? errors : [];
    if (response.status === 401) throw this.refusal(response, error);
    if (error) {
      const coded = hubError(error, response.status);
      // The hub has been upgraded, or set back, since it was asked what it speaks.
      if (coded.code === 'PROTOCOL_UNSUPPORTED') this.identity = undefined;
      throw coded;
    }
    if (response.status !== 200 || typeof data !== 'object' || data === null) throw hubUnavailable();
    return data as Record<string, unknown>;
  }

  private refusal(response: HubResponse, error: unknown): ClaimprintError {
    const coded = error ? hubError(error, response.status) : undefined;
    if (coded && coded.code !== 'UNAUTHENTICATED' && coded.code !== 'HUB_UNAVAILABLE') return coded;
    return whyRefused(response, this.options.tenant, this.options.nowMs());
  }
}

function actor(options: HubClientOptions, signer: Signer) {
  return { signer, tokens: new AccessTokenSource({ ...options, signer }) };
}
