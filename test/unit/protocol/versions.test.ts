import { describe, expect, it } from 'vitest';
import { decodeLeaf } from '../../../src/protocol/leaf.js';
import { commonVersion, PROTOCOL_VERSIONS } from '../../../src/protocol/versions.js';
import { leaf } from '../../e2e/hub/test-hub.js';

describe('the version that two sides speak', () => {
  it('is the highest common one, whatever else a side speaks and in whatever order it says so', () => {
    for (const offered of [[1], [1, 2], [2, 1], [255, 3, 1]]) expect(commonVersion(offered)).toBe(1);
    expect(commonVersion(PROTOCOL_VERSIONS)).toBe(Math.max(...PROTOCOL_VERSIONS));
  });

  it('or there is none, and it says which side is too old', () => {
    expect(() => commonVersion([3, 2])).toThrow(
      expect.objectContaining({
        code: 'PROTOCOL_UNSUPPORTED',
        message: expect.stringContaining('speaks version 2, 3'),
      }),
    );
    expect(() => commonVersion([2])).toThrow(/This node is too old/);
    expect(() => commonVersion([0])).toThrow(/The hub is too old/);
  });

  it('is the first thing read of a leaf: an unknown one is refused by number, with those that are spoken', () => {
    const bytes = leaf('of another version');
    expect(bytes[4]).toBe(1);
    for (const version of [0, 2, 255]) {
      const other = Buffer.from(bytes);
      other[4] = version;
      // Cut behind the version: nothing else of it may have been looked at.
      expect(() => decodeLeaf(other.subarray(0, 5))).toThrow(
        expect.objectContaining({
          code: 'PROTOCOL_UNSUPPORTED',
          message: `Version ${version} of the protocol is not spoken here; supported: 1.`,
        }),
      );
    }
  });
});
