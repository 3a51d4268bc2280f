import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { signCheckpoint, verifyCheckpoint } from '../../src/protocol/checkpoint.js';
import { findDigest, submissionDigest, withdrawDigest } from '../../src/protocol/digest.js';
import type { LineOfBusiness, Operation, Purpose, Scope } from '../../src/protocol/enums.js';
import { ownEntryId, parseTenantId } from '../../src/protocol/ids.js';
import { inviteCodeHash, parseInviteCode } from '../../src/protocol/invite-code.js';
import { signEndorsement, verifyEndorsement } from '../../src/protocol/key-endorsement.js';
import { keyBroughtAlong, signKeyRequest, verifyKeyRequest } from '../../src/protocol/key-request.js';
import { fingerprintOf, importPublicJwk, importSigner } from '../../src/protocol/keys.js';
import { decodeLeaf, encodeLeaf } from '../../src/protocol/leaf.js';
import type { Month } from '../../src/protocol/month.js';
import { signProof, verifyProof } from '../../src/protocol/proof.js';
import { signReceipt, verifyReceipt } from '../../src/protocol/receipt.js';
import {
  type Administration,
  administrationDigest,
  encodeRecordHeader,
  queryDetail,
  type RecordKind,
  recordHash,
  withdrawalDetail,
} from '../../src/protocol/record.js';
import { formatSpaceId, parseSpaceId } from '../../src/protocol/space.js';
import { signAccessToken, type TokenScope, verifyAccessToken } from '../../src/protocol/token.js';
import { encodeVector, type VectorEncoding } from '../../src/protocol/vector.js';

const golden = JSON.parse(readFileSync(new URL('wire-v1.json', import.meta.url), 'utf8'));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const unhex = (text: string) => Buffer.from(text, 'hex');
const tenant = parseTenantId(golden.tenant);
const { d: _private, ...publicJwk } = golden.key;

describe('wire format version 1', () => {
  it('encodes vectors to the recorded bytes', () => {
    for (const [encoding, bytes] of Object.entries(golden.vectors)) {
      expect(hex(encodeVector(Float32Array.from(golden.vector), encoding as VectorEncoding))).toBe(bytes);
    }
  });

  it('encodes and decodes leaves to the recorded bytes', () => {
    for (const { leaf, encoded } of golden.leaves) {
      const decoded = decodeLeaf(unhex(encoded));
      expect(hex(encodeLeaf(decoded))).toBe(encoded);
      expect({
        ...decoded,
        ref: hex(decoded.ref),
        claimRef: decoded.claimRef ? hex(decoded.claimRef) : null,
        month: decoded.month ?? null,
        salt: hex(decoded.salt),
        parts: decoded.parts.map((part) => ({ ...part, bytes: hex(part.bytes) })),
      }).toEqual(leaf);
    }
  });

  it('has the recorded digests', () => {
    const leaves = golden.leaves.map(({ encoded }: { encoded: string }) => unhex(encoded));
    expect(hex(submissionDigest(leaves))).toBe(golden.submissionDigest);
    expect(hex(submissionDigest(leaves.slice(0, 2)))).toBe(golden.submissionDigestOfTwo);
    for (const { arguments: args, digest } of [golden.find, golden.findByLeaf, golden.findAllScores, golden.findDeep]) {
      const signed = {
        space: args.space as string,
        reference: args.reference && unhex(args.reference),
        leaf: args.leaf && unhex(args.leaf),
        scope: args.scope as Scope,
        limit: args.limit as number,
        linesOfBusiness: args.linesOfBusiness as LineOfBusiness[],
        seenFrom: args.seenFrom as Month | undefined,
        seenTo: args.seenTo as Month | undefined,
        purpose: args.purpose as Purpose,
        allScores: args.allScores as boolean | undefined,
        tileOffsets: args.tileOffsets as number[] | undefined,
      };
      expect(hex(findDigest(signed))).toBe(digest);
    }
    const { references, claim, all } = golden.withdraw;
    expect(hex(withdrawDigest({ references: [Buffer.alloc(32, 1), Buffer.alloc(32, 4)] }, golden.space))).toBe(
      references,
    );
    expect(hex(withdrawDigest({ claimReference: Buffer.alloc(32, 2) }, golden.space))).toBe(claim);
    expect(hex(withdrawDigest({ all: true }, undefined))).toBe(all);
  });

  it('signs tokens, proofs, receipts and checkpoints to the recorded text, and verifies them', async () => {
    const signer = await importSigner(golden.key);
    const { kid, key } = await importPublicJwk(publicJwk);
    const keys = new Map([[kid, key]]);
    expect(kid).toBe(golden.kid);

    const grant = {
      hub: golden.hub,
      tenant,
      jkt: kid,
      jti: golden.token.jti,
      scopes: golden.token.scopes as TokenScope[],
    };
    expect(await signAccessToken(grant, signer, golden.nowMs)).toBe(golden.token.compact);
    const token = await verifyAccessToken(golden.token.compact, keys, golden.hub, golden.nowMs);
    expect(token).toMatchObject({ tenant, jkt: kid });

    const { compact, ...claims } = golden.proof;
    const proof = { ...claims, operation: claims.operation as Operation, digest: unhex(claims.digest) };
    expect(await signProof(proof, golden.hub, golden.token.compact, signer, golden.nowMs)).toBe(compact);
    const context = { hub: golden.hub, tenant, token: golden.token.compact, jkt: kid, nowMs: golden.nowMs };
    expect(await verifyProof(compact, keys, context)).toEqual({ ...proof, kid });

    const { compact: receiptText, ...receipt } = golden.receipt;
    expect(await signReceipt(receipt, signer)).toBe(receiptText);
    expect(await verifyReceipt(receiptText, keys)).toEqual(receipt);

    const { compact: checkpointText, ...checkpoint } = golden.checkpoint;
    expect(await signCheckpoint(checkpoint, signer)).toBe(checkpointText);
    expect(await verifyCheckpoint(checkpointText, keys)).toEqual(checkpoint);
    for (const text of [receiptText, checkpointText.replace('.Tx', '.Ty'), `${checkpointText}\n`, '']) {
      await expect(verifyCheckpoint(text, keys)).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
    }
  });

  it('signs key requests to the recorded text, and verifies them', async () => {
    const { compact, jti, kid, ...content } = golden.keyRequest;
    const { key } = await importPublicJwk(publicJwk);
    const signed = await signKeyRequest(content, golden.hub, [await importSigner(golden.key)], golden.nowMs, jti);
    expect(signed).toEqual([compact]);
    const verified = await verifyKeyRequest(compact, new Map([[kid, key]]), golden.hub, golden.nowMs);
    expect(verified).toEqual({ ...content, jti, kid });
    expect((await keyBroughtAlong(compact)).kid).toBe(golden.kid);
    expect(inviteCodeHash(parseInviteCode(golden.inviteCode)).toString('base64url')).toBe(content.code);
    expect(fingerprintOf(golden.kid)).toBe('90FA-CAFE-A9B1-5566');
  });

  it('endorses a key of the hub by the recorded text, and verifies it', async () => {
    const { compact, ...endorsement } = golden.keyEndorsement;
    const { kid, key } = await importPublicJwk(publicJwk);
    expect(await signEndorsement(endorsement, await importSigner(golden.key))).toBe(compact);
    const verified = await verifyEndorsement(compact, new Map([[kid, key]]), golden.hub);
    expect(verified).toMatchObject({ kid: endorsement.key, jwk: { x: endorsement.x }, endorsedBy: kid });
    const { args, digest } = golden.hubKeyRotate;
    expect(hex(administrationDigest('hubKeyRotate', '', args))).toBe(digest);
  });

  it('has the recorded log record, entry id and space id', () => {
    const { encoded, hash, ...fields } = golden.record;
    const header = {
      ...fields,
      kind: fields.kind as RecordKind,
      digest: unhex(fields.digest),
      detail: unhex(fields.detail),
    };
    expect(hex(encodeRecordHeader(header))).toBe(encoded);
    expect(hex(recordHash(header))).toBe(hash);
    expect(hex(queryDetail('FRAUD_INVESTIGATION', 3))).toBe(golden.details.query);
    expect(hex(withdrawalDetail(7))).toBe(golden.details.withdrawal);
    const tenantAdd = administrationDigest('tenantAdd', golden.tenant, [golden.kid, 'submit find withdraw']);
    expect(hex(tenantAdd)).toBe(golden.details.tenantAdd);
    for (const [action, { args, digest }] of Object.entries<{ args: string[]; digest: string }>(golden.actions)) {
      expect([action, hex(administrationDigest(action as Administration, golden.tenant, args))]).toEqual([
        action,
        digest,
      ]);
    }
    expect(ownEntryId(golden.tenant, Buffer.alloc(32, 1), golden.space)).toBe(golden.entryId);
    expect(formatSpaceId(parseSpaceId(golden.space))).toBe(golden.space);
  });
});
