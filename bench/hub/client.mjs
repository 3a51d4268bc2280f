import { CLIENT_ASSERTION_TYPE, signClientAssertion } from '../../dist/protocol/client-assertion.js';
import { findDigest } from '../../dist/protocol/digest.js';
import { uuidV7 } from '../../dist/protocol/ids.js';
import { generatePrivateJwk, importSigner, toPublicJwk } from '../../dist/protocol/keys.js';
import { signProof } from '../../dist/protocol/proof.js';
import { SPACE } from './entries.mjs';

const NODE = '3f0c9b1e-2f64-4f2e-8f0a-b4b0f2a4c111';
const RENEW_AFTER_MS = 200_000;
const FIND =
  'query($input:FindDuplicatesInput!){findDuplicates(input:$input){complete decision matches{entry{id}decision probability}}}';

/** One insurer's client: renews its token, signs every request. */
export class Client {
  /** Makes the insurer a key and adds it at the hub. */
  static async join(hub, tenant) {
    const jwk = await generatePrivateJwk();
    await hub.ask('tenantAdd', { tenant, jwk: toPublicJwk(jwk) });
    const client = new Client();
    Object.assign(client, { tenant, signer: await importSigner(jwk) });
    await client.use(hub);
    return client;
  }

  /** Turns to a hub, which may be the same one started again. */
  async use({ address, hub }) {
    Object.assign(this, { address, hub });
    await this.renew();
  }

  async submit({ body, digest, count }) {
    await this.send(await this.sign(body, { operation: 'submitEmbeddings', count, digest }));
  }

  /** Signs a search. @returns what to `find` with within two minutes */
  signSearch(leaf) {
    const args = { space: SPACE, leaf, scope: 'ALL', limit: 10, linesOfBusiness: [], purpose: 'TEST' };
    const input = { space: SPACE, entry: leaf.toString('base64'), purpose: 'TEST' };
    const body = JSON.stringify({ query: FIND, variables: { input } });
    return this.sign(body, { operation: 'findDuplicates', count: 1, digest: findDigest(args) });
  }

  async find(request) {
    const { findDuplicates } = await this.send(request);
    if (!findDuplicates.complete) throw new Error('a search was not complete');
    return findDuplicates;
  }

  async renew() {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: await signClientAssertion(this.tenant, this.hub, this.signer, Date.now()),
    });
    const response = await fetch(`${this.address}/oauth/token`, { method: 'POST', body });
    if (!response.ok) throw new Error(`no token: ${await response.text()}`);
    this.token = (await response.json()).access_token;
    this.renewedAt = Date.now();
  }

  async sign(body, claims) {
    if (Date.now() - this.renewedAt > RENEW_AFTER_MS) await this.renew();
    const proof = { tenant: this.tenant, node: NODE, jti: uuidV7(), space: SPACE, ...claims };
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${this.token}`,
      'claimprint-proof': await signProof(proof, this.hub, this.token, this.signer, Date.now()),
    };
    return { method: 'POST', headers, body };
  }

  async send(request) {
    const response = await fetch(`${this.address}/graphql`, request);
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }
}
