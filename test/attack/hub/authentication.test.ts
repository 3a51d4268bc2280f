import { createHmac } from 'node:crypto';
import { CompactSign, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_ASSERTION_TYPE, signClientAssertion } from '../../../src/protocol/client-assertion.js';
import { submissionDigest } from '../../../src/protocol/digest.js';
import { uuidV7 } from '../../../src/protocol/ids.js';
import { toPublicJwk } from '../../../src/protocol/keys.js';
import { PROOF_HEADER, signProof, tokenHash } from '../../../src/protocol/proof.js';
import { type Answer, leaf, type RunningHub, runHub, SPACE, type TestNode } from '../../e2e/hub/test-hub.js';

let running: RunningHub;
let a: TestNode;
let b: TestNode;
const entry = leaf('attacked');

beforeAll(async () => {
  running = await runHub();
  a = await running.tenant('insurer-a');
  b = await running.tenant('insurer-b');
  await Promise.all([a.accessToken(), b.accessToken()]);
});
afterAll(() => running?.stop());

/** An answer without what differs from request to request. */
function outward({ status, body }: Answer): unknown {
  return JSON.parse(JSON.stringify({ status, body }), (key, value) => (key === 'requestId' ? 'id' : value));
}

const REFUSED = {
  status: 401,
  body: {
    errors: [
      {
        message: 'The request is not authenticated.',
        extensions: { code: 'UNAUTHENTICATED', requestId: 'id', retryable: false },
      },
    ],
  },
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (jws: string) => JSON.parse(Buffer.from(jws.split('.')[1]!, 'base64url').toString());
const headerOf = (jws: string) => JSON.parse(Buffer.from(jws.split('.')[0]!, 'base64url').toString());

/** Signs any header and claims with a node's key. */
async function forge(node: TestNode, header: object, claims: object): Promise<string> {
  const key = await importJWK({ ...node.jwk }, 'EdDSA');
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'EdDSA', kid: node.signer.kid, ...header })
    .sign(key, { crit: { b64: false } } as never);
}

/** Bad variants of any signed message, by name. */
async function spoilt(good: string, node: TestNode): Promise<Record<string, string>> {
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const withHeader = (change: object) => `${part({ ...headerOf(good), ...change })}.${payload}.${signature}`;
  const hmac = (head: string) =>
    createHmac('sha256', toPublicJwk(node.jwk).x).update(`${head}.${payload}`).digest('base64url');
  const hs256 = part({ ...headerOf(good), alg: 'HS256' });
  const last = signature.at(-1)!;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const sibling = alphabet[alphabet.indexOf(last) ^ 1]!;
  return {
    'alg none': `${part({ alg: 'none', typ: headerOf(good).typ, kid: headerOf(good).kid })}.${payload}.`,
    'alg nOnE': withHeader({ alg: 'nOnE' }),
    'alg missing': withHeader({ alg: undefined }),
    'HS256 with the public key': `${hs256}.${payload}.${hmac(hs256)}`,
    'kid of a path': withHeader({ kid: '../../etc/passwd' }),
    'kid of SQL': withHeader({ kid: "' OR 1=1 --" }),
    'kid __proto__': withHeader({ kid: '__proto__' }),
    'kid empty': withHeader({ kid: '' }),
    'kid of another tenant': withHeader({ kid: b.signer.kid }),
    'jku header': withHeader({ jku: 'http://127.0.0.1:1/keys' }),
    'jwk header': withHeader({ jwk: toPublicJwk(node.jwk) }),
    'x5u header': withHeader({ x5u: 'http://127.0.0.1:1/cert' }),
    'crit header': withHeader({ crit: ['exp'] }),
    'other typ': withHeader({ typ: 'JWT' }),
    'malleated last character': `${header}.${payload}.${signature.slice(0, -1)}${sibling}`,
    padding: `${good}==`,
    'space inside': `${header}.${payload} .${signature}`,
    'four parts': `${good}.e30`,
    'two parts': `${header}.${payload}`,
    'over 8 kB': `${header}.${payload}${'A'.repeat(9_000)}.${signature}`,
    'flipped signature': `${header}.${payload}.${signature.slice(0, 10)}${signature[10] === 'A' ? 'B' : 'A'}${signature.slice(11)}`,
    'flipped claims': `${header}.${part({ ...claimsOf(good), jti: uuidV7() })}.${signature}`,
    empty: '',
    garbage: 'a.b.c',
  };
}

describe('access token', () => {
  const ask = (token: string) => a.post({ query: '{ hubStatus { hub } }' }, { authorization: `Bearer ${token}` });

  it('is accepted when it is good', async () => {
    expect((await ask(a.token!)).status).toBe(200);
  });

  it('is refused in one and the same way however it is spoilt', async () => {
    for (const [name, token] of Object.entries(await spoilt(a.token!, a))) {
      expect([name, outward(await ask(token))]).toEqual([name, REFUSED]);
    }
  });

  it('is refused when missing, of another scheme, or signed by a node', async () => {
    const forged = await forge(a, { typ: 'at+jwt' }, claimsOf(a.token!));
    const headers: Record<string, string>[] = [
      {},
      { authorization: `Basic ${a.token}` },
      { authorization: `Bearer ${forged}` },
      { authorization: `Bearer ${await a.proof({ operation: 'findDuplicates', digest: Buffer.alloc(32) })}` },
    ];
    for (const each of headers)
      expect(outward(await a.post({ query: '{ hubStatus { hub } }' }, each))).toEqual(REFUSED);
  });

  it('is refused before the body is looked at', async () => {
    const broken = '{"query": this is no JSON';
    expect(outward(await a.post(broken, { authorization: 'Bearer x.y.z' }))).toEqual(REFUSED);
    expect((await a.post(broken, { authorization: `Bearer ${a.token}` })).status).toBe(400);
  });
});

describe('request proof', () => {
  const digest = submissionDigest([entry]);
  const good = { operation: 'submitEmbeddings', digest, count: 1 } as const;
  const send = (proof: string | undefined, node = a) =>
    node.query(
      'mutation ($input: SubmitEmbeddingsInput!) { submitEmbeddings(input: $input) { receipt } }',
      { input: { space: SPACE, entries: [entry.toString('base64')] } },
      proof,
    );
  const refused = async (name: string, answer: Answer) => {
    const { errors } = answer.body;
    expect([name, answer.status, errors[0].message, errors[0].extensions.code]).toEqual([
      name,
      401,
      'The request is not authenticated.',
      'UNAUTHENTICATED',
    ]);
    expect(Object.keys(errors[0].extensions).sort()).toEqual(['code', 'requestId', 'retryable']);
  };

  it('is refused however it is spoilt, and nothing is written', async () => {
    const size = running.hub.ledger.lastHead.size;
    for (const [name, proof] of Object.entries(await spoilt(await a.proof(good), a))) {
      await refused(name, await send(proof));
    }
    expect(running.hub.ledger.lastHead.size).toBe(size);
  });

  it('is refused with any claim wrong, though rightly signed', async () => {
    const size = running.hub.ledger.lastHead.size;
    const claims = claimsOf(await a.proof(good));
    const now = Math.floor(Date.now() / 1000);
    const changes: Record<string, object> = {
      'aud of another hub': { aud: 'urn:uuid:00000000-0000-4000-8000-000000000000' },
      'aud as a list': { aud: [claims.aud] },
      'iss of another tenant': { iss: 'insurer-b' },
      'ath of another token': { ath: tokenHash(b.token!) },
      expired: { iat: now - 300, exp: now - 180 },
      'from the future': { iat: now + 60, exp: now + 120 },
      'lives too long': { exp: now + 121 },
      'exp missing': { exp: undefined },
      'exp as text': { exp: String(now + 60) },
      'exp of 1e308': { exp: 1e308 },
      'nbf in the future': { nbf: now + 3_600 },
      'jti missing': { jti: undefined },
      'jti no UUIDv7': { jti: '6f0c1e0a-8d2b-4b5f-9a6e-3c7d51f2a4b8' },
      'op unknown': { op: 'hubStatus' },
      'op swapped': { op: 'withdrawEntries' },
      'n wrong': { n: 2 },
      'space wrong': { space: `${SPACE.slice(0, -1)}0` },
      'dig wrong': { dig: Buffer.alloc(32).toString('base64url') },
      'dig short': { dig: 'AAAA' },
    };
    for (const [name, change] of Object.entries(changes)) {
      const proof = await forge(a, { typ: 'claimprint-proof+jwt' }, { ...claims, jti: uuidV7(), ...change });
      await refused(name, await send(proof));
    }
    const asToken = await forge(a, { typ: 'at+jwt' }, claims);
    await refused('typ of a token', await send(asToken));
    await refused('the token itself', await send(a.token));
    expect(running.hub.ledger.lastHead.size).toBe(size);
  });

  it('of another tenant, or missing, is refused', async () => {
    const other = await signProof(
      { tenant: a.tenant, node: '3f0c9b1e-2f64-4f2e-8f0a-b4b0f2a4c111', jti: uuidV7(), space: SPACE, ...good },
      a.hub,
      a.token!,
      b.signer,
      Date.now(),
    );
    await refused('signed by b', await send(other));
    await refused('proof of a with the token of b', await send(await a.proof(good), b));
    await refused('none', await send(undefined));
  });
});

describe('token endpoint', () => {
  const refused = { error: 'invalid_client', error_description: 'The request is not authenticated.' };

  it('refuses every bad assertion alike', async () => {
    const assertion = await signClientAssertion(a.tenant, a.hub, a.signer, Date.now());
    const now = Date.now();
    const cases: Record<string, string> = {
      ...(await spoilt(assertion, a)),
      'key of another tenant': await signClientAssertion(b.tenant, a.hub, a.signer, now),
      'unknown tenant': await signClientAssertion('nobody' as never, a.hub, a.signer, now),
      'another hub': await signClientAssertion(a.tenant, 'urn:uuid:other', a.signer, now),
      'clock an hour slow': await signClientAssertion(a.tenant, a.hub, a.signer, now - 3_600_000),
      'clock an hour fast': await signClientAssertion(a.tenant, a.hub, a.signer, now + 3_600_000),
    };
    delete cases.empty;
    for (const [name, text] of Object.entries(cases)) {
      const answer = await a.requestToken(text);
      expect([name, answer.status, answer.body]).toEqual([name, 401, refused]);
    }
  });

  it('takes an assertion once', async () => {
    const assertion = await signClientAssertion(a.tenant, a.hub, a.signer, Date.now());
    const answers = await Promise.all(Array.from({ length: 20 }, () => a.requestToken(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.find(({ status }) => status !== 200)?.body).toEqual(refused);
  });

  it('reads a form and nothing else, and gives no more scope than the tenant has', async () => {
    const assertion = () => signClientAssertion(a.tenant, a.hub, a.signer, Date.now());
    const json = await fetch(`${running.address}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'client_credentials' }),
    });
    expect(json.status).toBe(415);
    const admin = await a.requestToken(await assertion(), { scope: 'admin' });
    expect([admin.status, admin.body.error]).toEqual([400, 'invalid_scope']);
    const find = await a.requestToken(await assertion(), { scope: 'find' });
    expect(find.body).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'find' });
    const twice = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
    });
    twice.append('client_assertion', await assertion());
    twice.append('client_assertion', await assertion());
    expect((await fetch(`${running.address}/oauth/token`, { method: 'POST', body: twice })).status).toBe(400);
    const limited = await a.post(
      { query: '{ __typename }' },
      { authorization: `Bearer ${find.body.access_token}`, [PROOF_HEADER]: '' },
    );
    expect(limited.status).toBe(401);
  });
});
