import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RecordingHub, startToyGateway, type ToyGateway } from '../unit/gateway/toy-gateway.js';
import { FOREIGN_ENTRY, OWN_ENTRY, REFERENCE, SPACE_ID } from '../unit/gateway/toy-hub.js';
import { CLAIM_NUMBER, EXPIRED_CLAIM, FILE_NAME } from '../unit/gateway/toy-node.js';

const input = { space: SPACE_ID, reference: REFERENCE };

describe('gateway', () => {
  const hub = new RecordingHub();
  let toy: ToyGateway;

  beforeAll(async () => {
    toy = await startToyGateway(await hub.start());
  });
  afterAll(async () => {
    await toy.close();
    await hub.stop();
  });
  beforeEach(() => {
    hub.requests.length = 0;
    hub.answer = undefined;
  });

  it('joins local fields to own entries and none to foreign ones', async () => {
    const result = await toy.query(
      'query ($input: FindDuplicatesInput!) { findDuplicates(input: $input) { matches { entry { id firstSeen claim fileName thumbnailUrl } } } }',
      { variables: { input } },
    );
    expect(result).toEqual({
      data: {
        findDuplicates: {
          matches: [
            {
              entry: {
                id: OWN_ENTRY,
                firstSeen: '2026-01',
                claim: CLAIM_NUMBER,
                fileName: FILE_NAME,
                thumbnailUrl: `/thumbnails/${OWN_ENTRY}`,
              },
            },
            { entry: { id: FOREIGN_ENTRY, firstSeen: '2025-11', claim: null, fileName: null, thumbnailUrl: null } },
          ],
        },
      },
    });
    expect(hub.requests).toHaveLength(1);
    expect(hub.requests[0]).toContain('proof-for-findDuplicates');
  });

  it('leads from a claim to the hub through its entities', async () => {
    const result = await toy.query(
      `{ claim(number: "${CLAIM_NUMBER}") { number photos { fileName entry { id firstSeen } } } }`,
    );
    expect(result).toEqual({
      data: {
        claim: {
          number: CLAIM_NUMBER,
          photos: [{ fileName: FILE_NAME, entry: { id: OWN_ENTRY, firstSeen: '2026-01' } }],
        },
      },
    });
    expect(hub.requests).toHaveLength(1);
    expect(hub.requests[0]).not.toContain('proof-for');
  });

  it('says NOT_FOUND for an entry the hub no longer has, and that for it alone', async () => {
    const result = await toy.query(`{ claim(number: "${EXPIRED_CLAIM}") { photos { fileName entry { firstSeen } } } }`);
    const known = { fileName: FILE_NAME, entry: { firstSeen: '2026-01' } };
    expect(result).toEqual({
      data: { claim: { photos: [known, { fileName: 'alt.jpg', entry: { firstSeen: null } }, known] } },
      errors: [
        {
          message: 'The hub has no such entry.',
          path: ['claim', 'photos', 1, 'entry', 'firstSeen'],
          extensions: { code: 'NOT_FOUND', retryable: false },
        },
      ],
    });
    expect(hub.requests).toHaveLength(1);
  });

  it('hands the context to the node', async () => {
    expect(await toy.query('{ nodeStatus { viewer } }')).toEqual({ data: { nodeStatus: { viewer: 'ann' } } });
    expect(hub.requests).toEqual([]);
  });

  it('gives each of two searches its own request and proof', async () => {
    const result = await toy.query(
      'query ($input: FindDuplicatesInput!) { a: findDuplicates(input: $input) { queryId } b: findDuplicates(input: $input) { decision } hubStatus { version } }',
      { variables: { input } },
    );
    expect(result.errors).toBeUndefined();
    expect(hub.requests.filter((request) => request.includes('proof-for-findDuplicates'))).toHaveLength(2);
    expect(hub.requests).toHaveLength(3);
  });

  it('limits what one operation may ask of the hub', async () => {
    const aliases = Array.from({ length: 60 }, (_, index) => `x${index}: hubStatus { version }`).join(' ');
    const result = await toy.query(`{ ${aliases} }`);
    expect(hub.requests).toHaveLength(50);
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'BAD_REQUEST', retryable: false });
  });

  it('publishes no submission and no withdrawal', async () => {
    const result = await toy.query('{ __schema { mutationType { fields { name } } types { name } } }');
    const text = JSON.stringify(result);
    expect(text).toContain('ingestPhotos');
    expect(text).not.toMatch(/submitEmbeddings|withdrawEntries|SubmitEmbeddings|WithdrawEntries|_Any|join__/);
  });
});
