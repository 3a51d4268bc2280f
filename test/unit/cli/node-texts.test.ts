import { describe, expect, it } from 'vitest';
import { type OpenedStatus, statusText } from '../../../src/cli/node/status-text.js';
import { withdrawalText } from '../../../src/cli/withdrawal-text.js';

describe('what became of a withdrawal, in words', () => {
  it('counts what was withdrawn, what waits and what was refused each for itself', () => {
    const error = { code: 'HUB_UNAVAILABLE', message: 'Away.\u202e' } as const;
    expect(withdrawalText({ withdrawn: 500, queued: 2, refused: 1, error })).toBe(
      'Away.\ufffd (HUB_UNAVAILABLE)\nPhotos withdrawn: 500\nPhotos whose withdrawal waits: 2\nPhotos whose withdrawal the hub has refused: 1',
    );
    expect(withdrawalText({ withdrawn: 0, queued: 0, error: null })).toBe('Photos withdrawn: 0');
    expect(withdrawalText({ withdrawn: 0, queued: 2, error })).not.toContain('withdrawn: 0');
  });

  it('says what had been withdrawn before, and names what the node does not hold', () => {
    expect(withdrawalText({ withdrawn: 0, queued: 0, alreadyWithdrawn: 1, error: null })).toBe(
      'Photos withdrawn already: 1',
    );
    expect(withdrawalText({ withdrawn: 1, queued: 0, notHeld: ['/a\u202e.jpg', '/b.jpg'], error: null })).toBe(
      'Photos withdrawn: 1\nNot held by this node: /a\ufffd.jpg, /b.jpg',
    );
  });
});

describe('the status of a node, in words', () => {
  const status: OpenedStatus = {
    tenant: 'insurer-a',
    fingerprint: 'F',
    space: 's',
    tokenIssuer: null,
    photos: { SUBMITTED: 1, QUEUED: 0, WITHDRAWN: 1, REFUSED: 0 },
    outbox: 0,
    provider: undefined,
    providerFallback: null,
    recovery: null,
    move: null,
  };

  it('of one that runs and is of an older version, says that its hub was not asked', () => {
    expect(statusText(status, true)).toMatch(/^hub +not asked: the node that runs is of an older version$/m);
  });

  it('says what the hub has refused to withdraw, and does not show its words raw', () => {
    const problem = { code: 'UNAUTHENTICATED', message: 'No\u001b[2J.' } as const;
    const hub = { address: 'https://hub.example', answers: true, takesKey: false, problem };
    const text = statusText({ ...status, hub, refusedWithdrawals: 2 }, false);
    expect(text).toMatch(/^takes the key +no: No\ufffd\[2J\. \(UNAUTHENTICATED\)$/m);
    expect(text).toMatch(/^Withdrawals that the hub has refused for good: 2\./m);
    expect(statusText({ ...status, hub, refusedWithdrawals: 0 }, false)).not.toContain('refused for good');
  });
});
