import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPublicJwk } from '../../src/protocol/keys.js';
import { direction, leaf, type RunningHub, ref, runHub, SPACE, type TestNode } from '../e2e/hub/test-hub.js';
import { Mismatch } from './independent/bytes.js';
import { entryId, readLeaf, searchDigest, submissionDigest, withdrawalDigest } from './independent/entry-leaf.js';
import { actionDigest, queryDetail, readRecord, recordHash, withdrawalDetail } from './independent/log-record.js';
import { checkConsistency, checkInclusion, treeHash } from './independent/merkle.js';
import { type Jwk, readCheckpoint, readProof, readReceipt, readToken, thumbprint } from './independent/signed.js';

const golden = JSON.parse(readFileSync(new URL('wire-v1.json', import.meta.url), 'utf8'));
const unhex = (text: string) => Buffer.from(text, 'hex');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const fromBase64url = (text: string) => Buffer.from(text, 'base64url');

it('the independent verifier knows WIRE.md alone: it imports nothing but node:crypto', () => {
  const folder = new URL('independent/', import.meta.url);
  const imports = readdirSync(folder).flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from!),
  );
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((from) => from !== 'node:crypto' && !/^\.\/[a-z-]+\.js$/.test(from))).toEqual([]);
});

describe('the golden vectors, read by the independent verifier', () => {
  const { d: _private, ...key } = golden.key;
  const changed = (bytes: Buffer, at: number) => {
    const other = Buffer.from(bytes);
    other[at]! ^= 1;
    return other;
  };

  it('leaves are as they are said to be, and no other bytes are one', () => {
    for (const { leaf: said, encoded } of golden.leaves) {
      const bytes = unhex(encoded);
      const read = readLeaf(bytes);
      expect(hex(read.ref)).toBe(said.ref);
      expect(hex(read.claimRef)).toBe(said.claimRef ?? '');
      expect([read.expiresAt, read.offset, hex(read.salt)]).toEqual([said.expiresAt, said.offset, said.salt]);
      expect(read.month).toBe(said.month === null ? undefined : (2026 - 1970) * 12 + 10);
      expect(read.parts.map(({ kind }) => kind)).toEqual(said.parts.map(({ kind }: { kind: number }) => kind));
      for (const { encoding, vector } of read.parts) {
        const tolerance = [0, 1e-7, 1e-3, 1e-2][encoding]!;
        for (const [i, number] of vector.entries()) {
          expect(Math.abs(number - golden.vector[i])).toBeLessThan(tolerance);
        }
      }
      for (const wrong of [
        Buffer.concat([bytes, Buffer.alloc(1)]),
        bytes.subarray(0, -1),
        changed(bytes, 4),
        changed(bytes, 3),
      ]) {
        expect(() => readLeaf(wrong)).toThrow(Mismatch);
      }
    }
  });

  it('digests', () => {
    const leaves = golden.leaves.map(({ encoded }: { encoded: string }) => unhex(encoded));
    expect(hex(submissionDigest(leaves))).toBe(golden.submissionDigest);
    expect(hex(submissionDigest(leaves.slice(0, 2)))).toBe(golden.submissionDigestOfTwo);
    for (const { arguments: args, digest } of [golden.find, golden.findByLeaf, golden.findAllScores, golden.findDeep]) {
      const bytes = { reference: args.reference && unhex(args.reference), leaf: args.leaf && unhex(args.leaf) };
      expect(hex(searchDigest({ ...args, ...bytes }))).toBe(digest);
    }
    const references = [Buffer.alloc(32, 1), Buffer.alloc(32, 4)];
    expect(hex(withdrawalDigest({ references }, golden.space))).toBe(golden.withdraw.references);
    expect(hex(withdrawalDigest({ claim: Buffer.alloc(32, 2) }, golden.space))).toBe(golden.withdraw.claim);
    expect(hex(withdrawalDigest('all', ''))).toBe(golden.withdraw.all);
    expect(entryId(golden.tenant, Buffer.alloc(32, 1), golden.space)).toBe(golden.entryId);
  });

  it('signed messages, none of which passes for another or with a character changed', () => {
    const { hub, nowMs, tenant, token, proof, receipt, checkpoint } = golden;
    expect(thumbprint(key)).toBe(golden.kid);
    expect(readToken(token.compact, hub, [key], key, nowMs)).toEqual({ tenant, scopes: token.scopes });
    const { compact: _compact, tenant: _tenant, digest, ...said } = proof;
    expect(readProof(proof.compact, hub, tenant, token.compact, key, nowMs)).toEqual({
      ...said,
      digest: unhex(digest),
    });
    expect(readReceipt(receipt.compact, hub, [key])).toMatchObject({
      position: receipt.position,
      digest: unhex(digest),
    });
    expect(readCheckpoint(checkpoint.compact, hub, [key])).toEqual({
      size: checkpoint.size,
      root: fromBase64url(checkpoint.root),
    });
    const readers = {
      token: (text: string) => readToken(text, hub, [key], key, nowMs),
      proof: (text: string) => readProof(text, hub, tenant, token.compact, key, nowMs),
      receipt: (text: string) => readReceipt(text, hub, [key]),
      checkpoint: (text: string) => readCheckpoint(text, hub, [key]),
    };
    for (const [name, read] of Object.entries(readers)) {
      const own: string = golden[name].compact;
      const others = Object.keys(readers).filter((other) => other !== name);
      const middle = own.indexOf('.') + 20;
      const spoilt = `${own.slice(0, middle)}${own[middle] === 'A' ? 'B' : 'A'}${own.slice(middle + 1)}`;
      for (const text of [
        ...others.map((other) => golden[other].compact),
        spoilt,
        `${own}=`,
        `${own}.x`,
        own.slice(0, -1),
      ]) {
        expect(() => read(text)).toThrow();
      }
    }
  });

  it('the log record and what its digests are made of', () => {
    const { encoded, hash, digest, detail, ...said } = golden.record;
    expect(readRecord(unhex(encoded))).toEqual({ ...said, digest: unhex(digest), detail: unhex(detail) });
    expect(hex(recordHash(unhex(encoded)))).toBe(hash);
    expect(hex(queryDetail('FRAUD_INVESTIGATION', 3))).toBe(golden.details.query);
    expect(hex(withdrawalDetail(7))).toBe(golden.details.withdrawal);
    const scopes = 'submit find withdraw';
    expect(hex(actionDigest('tenantAdd', golden.tenant, [golden.kid, scopes]))).toBe(golden.details.tenantAdd);
    for (const [action, { args, digest: said }] of Object.entries<any>(golden.actions)) {
      expect(hex(actionDigest(action, golden.tenant, args))).toBe(said);
    }
  });
});

interface Exchange {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly sent: any;
  readonly answer: any;
}

/** Passes requests on to the hub and keeps what was sent and answered. */
class Recorder {
  readonly exchanges: Exchange[] = [];
  private readonly server: Server;

  constructor(hub: string) {
    this.server = createServer(async (request, response) => {
      const { method, url = '', headers } = request;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const { host: _host, connection: _connection, ...forwarded } = headers as Record<string, string>;
      delete forwarded['content-length'];
      delete forwarded['transfer-encoding'];
      const answer = await fetch(hub + url, { method: method!, headers: forwarded, ...(body.length > 0 && { body }) });
      const text = await answer.text();
      const type = headers['content-type'] ?? '';
      const sent = type.includes('json') ? JSON.parse(body.toString()) : body.toString();
      this.exchanges.push({ path: url, headers, sent, answer: JSON.parse(text) });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('what goes between a node and a hub, read by the independent verifier', () => {
  let running: RunningHub;
  let recorder: Recorder;
  let node: TestNode;
  let hubKeys: Jwk[];
  let nodeKey: Jwk;
  const by = (field: string) => recorder.exchanges.filter(({ answer }) => answer.data?.[field]);

  beforeAll(async () => {
    running = await runHub();
    recorder = new Recorder(running.address);
    const admitted = await running.tenant('insurer-a');
    await running.tenant('insurer-b');
    node = admitted.at(await recorder.start());
    nodeKey = toPublicJwk(node.jwk);
    const jwks = await fetch(`${running.address}/.well-known/jwks.json`);
    hubKeys = ((await jwks.json()) as { keys: Jwk[] }).keys;
    await node.submit([leaf('one')]);
    await node.submit([
      leaf('two', { encoding: 'f16' }),
      leaf('three', { encoding: 'int8' }),
      leaf('four', { month: '2026-11' as never }),
    ]);
    await node.find({
      leaf: leaf('asked', { claimRef: undefined }),
      linesOfBusiness: ['TRAVEL', 'MOTOR'],
      purpose: 'AUDIT',
    });
    await node.find({ reference: ref('two'), seenFrom: '2020-01' as never, seenTo: '2030-12' as never, scope: 'OWN' });
    await node.find({ reference: ref('two'), scope: 'OWN', allScores: true });
    await node.find({ leaf: leaf('deep', { tiles: [direction('tile')] }), tileOffsets: [-12_345] });
    await node.withdraw({ references: [ref('one'), ref('none')] }, SPACE);
    await node.withdraw({ claimReference: ref('claim of two') });
    await node.withdraw({ all: true });
  });
  afterAll(async () => {
    recorder?.stop();
    await running?.stop();
  });

  /** Token and proof of a request, and that the proof is over just this digest, count and space. */
  function checkProof({ headers }: Exchange, operation: string, digest: Buffer, count: number, space: string) {
    const token = headers.authorization!.slice('Bearer '.length);
    const { tenant } = readToken(token, node.hub, hubKeys, nodeKey, Date.now());
    const proof = readProof(headers['claimprint-proof'] as string, node.hub, tenant, token, nodeKey, Date.now());
    expect([tenant, proof.operation, proof.count, proof.space]).toEqual(['insurer-a', operation, count, space]);
    expect(hex(proof.digest)).toBe(hex(digest));
    return proof;
  }

  it('submissions: leaves, digest, token, proof, entry ids and receipt', () => {
    const submissions = by('submitEmbeddings');
    expect(submissions).toHaveLength(2);
    for (const exchange of submissions) {
      const { space, entries } = exchange.sent.variables.input;
      const leaves = entries.map((text: string) => Buffer.from(text, 'base64'));
      const { jti } = checkProof(exchange, 'submitEmbeddings', submissionDigest(leaves), leaves.length, space);
      const { receipt, entryIds, position } = exchange.answer.data.submitEmbeddings;
      expect(entryIds).toEqual(leaves.map((bytes: Buffer) => entryId('insurer-a', readLeaf(bytes).ref, space)));
      const read = readReceipt(receipt, node.hub, hubKeys);
      expect(read).toMatchObject({
        tenant: 'insurer-a',
        operation: 'submitEmbeddings',
        jti,
        space,
        count: leaves.length,
      });
      expect([String(read.position), hex(read.digest)]).toEqual([position, hex(submissionDigest(leaves))]);
    }
  });

  it('searches: leaf or reference, digest, token and proof', () => {
    const searches = by('findDuplicates');
    expect(searches).toHaveLength(4);
    for (const exchange of searches) {
      const { reference, entry, ...input } = exchange.sent.variables.input;
      if (entry) readLeaf(Buffer.from(entry, 'base64'));
      const bytes = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64'));
      const digest = searchDigest({ ...input, reference: bytes(reference), leaf: bytes(entry) });
      checkProof(exchange, 'findDuplicates', digest, 1, input.space);
    }
  });

  it('withdrawals: digest, token, proof and receipt', () => {
    const withdrawals = by('withdrawEntries');
    expect(withdrawals).toHaveLength(3);
    for (const exchange of withdrawals) {
      const { references, claimReference, space = '' } = exchange.sent.variables.input;
      const target = references
        ? { references: references.map((text: string) => Buffer.from(text, 'base64')) }
        : claimReference
          ? { claim: Buffer.from(claimReference, 'base64') }
          : 'all';
      const digest = withdrawalDigest(target, space);
      const { jti } = checkProof(exchange, 'withdrawEntries', digest, references?.length ?? 0, space);
      const receipt = readReceipt(exchange.answer.data.withdrawEntries.receipt, node.hub, hubKeys);
      expect(receipt).toMatchObject({ tenant: 'insurer-a', operation: 'withdrawEntries', jti, space });
      expect(hex(receipt.digest)).toBe(hex(digest));
    }
  });

  it('the log: records, checkpoint, inclusion, and that the tree of every receipt is the beginning of the last one’s', async () => {
    const authorization = `Bearer ${node.token}`;
    const audit = async (path: string) =>
      (await fetch(`${running.address}/audit/${path}`, { headers: { authorization } })).json() as any;
    const receipts = [...by('submitEmbeddings'), ...by('withdrawEntries')].map(({ answer }) =>
      readReceipt((answer.data.submitEmbeddings ?? answer.data.withdrawEntries).receipt, node.hub, hubKeys),
    );
    const last = receipts.reduce((a, b) => (a.position > b.position ? a : b));
    const [size, root] = [last.position + 1, last.root];
    await expect
      .poll(async () => (await audit('checkpoint')).checkpoint, { timeout: 30_000, interval: 500 })
      .toBeTruthy();
    const checkpoint = readCheckpoint((await audit('checkpoint')).checkpoint, node.hub, hubKeys);
    const { proof } = await audit(`consistency?from=${checkpoint.size}&to=${size}`);
    checkConsistency(checkpoint.size, size, proof.map(fromBase64url), checkpoint.root, root);
    const { records } = await audit('records');
    const read = records.map((each: any) => ({ ...each, ...readRecord(Buffer.from(each.header, 'base64')) }));
    expect(read.map(({ kind }: { kind: string }) => kind)).toEqual([
      'ADMINISTRATION',
      ...['SUBMISSION', 'SUBMISSION', 'QUERY', 'QUERY', 'QUERY', 'QUERY', 'WITHDRAWAL', 'WITHDRAWAL', 'WITHDRAWAL'],
    ]);
    for (const { kind, detail, digest, purpose, results, erased, action, args } of read) {
      if (kind === 'QUERY') expect(hex(detail)).toBe(hex(queryDetail(purpose, results)));
      if (kind === 'WITHDRAWAL') expect(hex(detail)).toBe(hex(withdrawalDetail(erased)));
      if (kind === 'ADMINISTRATION') expect(hex(digest)).toBe(hex(actionDigest(action, 'insurer-a', args)));
    }
    const positions = read.map(({ position }: { position: number }) => position);
    const proven = await audit(`inclusion?size=${size}&positions=${positions.join()}`);
    let compared = 0;
    for (const { position, header, inclusion, consistency } of proven.records) {
      const leafHash = recordHash(Buffer.from(header, 'base64'));
      const path = inclusion.map(fromBase64url);
      checkInclusion(leafHash, position, size, path, root);
      expect(() => checkInclusion(leafHash, position, size, path, treeHash([root]).fill(0, 0, 1))).toThrow(Mismatch);
      if (size > 1) expect(() => checkInclusion(leafHash, position, size, [...path, root], root)).toThrow(Mismatch);
      const receipt = receipts.find((each) => each.position === position);
      if (!receipt) continue;
      checkConsistency(position + 1, size, consistency.map(fromBase64url), receipt.root, root);
      compared++;
    }
    expect(compared).toBe(receipts.length);
  });
});
