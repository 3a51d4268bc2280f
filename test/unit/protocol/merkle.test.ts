import { describe, expect, it } from 'vitest';
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  MerkleFrontier,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/protocol/merkle.js';

/** The reference inputs and roots of Certificate Transparency's own test suite for RFC 6962. */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leaves = (count: number) => Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));

describe('Merkle tree', () => {
  it('has the roots of the RFC 6962 reference vectors', () => {
    const hashes = INPUTS.map((hex) => leafHash(Buffer.from(hex, 'hex')));
    expect(ROOTS.map((_, n) => merkleRoot(hashes.slice(0, n)).toString('hex'))).toEqual(ROOTS);
  });

  it('goes on from the peaks of a tree of any size as if it had never stopped', () => {
    for (let size = 0; size <= 20; size++) {
      const before = new MerkleFrontier();
      for (const hash of leaves(size)) before.append(hash);
      const after = MerkleFrontier.from(size, before.encodePeaks());
      expect(after.root()).toEqual(before.root());
      after.append(leafHash(Buffer.from('next')));
      expect(after.root()).toEqual(merkleRoot([...leaves(size), leafHash(Buffer.from('next'))]));
      expect(() => MerkleFrontier.from(size + 1, before.encodePeaks().subarray(1))).toThrow(RangeError);
    }
  });

  it('proves every leaf in every tree up to 20 leaves, and no other leaf', () => {
    for (let size = 1; size <= 20; size++) {
      const hashes = leaves(size);
      const root = merkleRoot(hashes);
      for (let i = 0; i < size; i++) {
        const proof = inclusionProof(hashes, i);
        expect(verifyInclusion(hashes[i]!, i, size, proof, root)).toBe(true);
        expect(verifyInclusion(leafHash(Buffer.from('other')), i, size, proof, root)).toBe(false);
        if (size > 1) expect(verifyInclusion(hashes[i]!, (i + 1) % size, size, proof, root)).toBe(false);
      }
    }
  });

  it('proves that a log only grew, and refuses a rewritten past', () => {
    for (let size = 1; size <= 20; size++) {
      const hashes = leaves(size);
      for (let old = 1; old <= size; old++) {
        const proof = consistencyProof(hashes, old);
        const oldRoot = merkleRoot(hashes.slice(0, old));
        expect(verifyConsistency(old, oldRoot, size, merkleRoot(hashes), proof)).toBe(true);
        const rewritten = [leafHash(Buffer.from('rewritten')), ...hashes.slice(1)];
        const forged = consistencyProof(rewritten, old);
        expect(verifyConsistency(old, oldRoot, size, merkleRoot(rewritten), forged)).toBe(false);
      }
    }
  });

  it('keeps a frontier that can be cloned before a tentative append', () => {
    const frontier = new MerkleFrontier();
    for (const hash of leaves(7)) frontier.append(hash);
    const clone = frontier.clone();
    clone.append(leafHash(Buffer.from('tentative')));
    expect(frontier.root().equals(merkleRoot(leaves(7)))).toBe(true);
    expect(clone.size).toBe(8);
  });
});
