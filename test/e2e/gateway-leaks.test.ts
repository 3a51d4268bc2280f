import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RecordingHub, startToyGateway, type ToyGateway } from '../unit/gateway/toy-gateway.js';
import { OWN_ENTRY, REFERENCE, SPACE_ID } from '../unit/gateway/toy-hub.js';
import { CLAIM_NUMBER, FILE_NAME } from '../unit/gateway/toy-node.js';

/** Each is planted in one kind of place; none may be found in any byte the hub is sent. */
const CANARY = {
  operation: 'CanaryOperation_CLM4711',
  alias: 'canaryAlias_CLM4711',
  fragment: 'CanaryFragment_CLM4711',
  variable: 'canaryVariable_CLM4711',
  comment: 'canary-comment-CLM4711',
  extension: 'canary-extension-CLM4711',
  header: 'canary-header-CLM4711',
} as const;
const SEARCH = `
  # ${CANARY.comment} ${CLAIM_NUMBER}
  query ${CANARY.operation}($${CANARY.variable}: FindDuplicatesInput!, $${CANARY.variable}_2: Boolean = true, $${CANARY.variable}_3: String!) {
    ${CANARY.alias}: findDuplicates(input: $${CANARY.variable}) { ...${CANARY.fragment} }
    claim(number: $${CANARY.variable}_3) {
      ${CANARY.alias}_number: number
      ${CANARY.alias}_photos: photos { fileName ${CANARY.alias}_entry: entry { ${CANARY.alias}_seen: firstSeen tenant } }
    }
    photo(id: "${OWN_ENTRY}") { entry { ${CANARY.alias}_seen2: firstSeen ${CANARY.alias}_claim: claim } }
    ${CANARY.alias}_status: hubStatus { ${CANARY.alias}_version: version }
  }
  fragment ${CANARY.fragment} on FindDuplicatesResult {
    ${CANARY.alias}_matches: matches {
      ... on Match @include(if: $${CANARY.variable}_2) {
        ${CANARY.alias}_entry: entry { ...${CANARY.fragment}_2 }
      }
    }
  }
  fragment ${CANARY.fragment}_2 on Entry { id ${CANARY.alias}_seen: firstSeen ${CANARY.alias}_claim: claim fileName }`;

const HEADERS = {
  authorization: `Bearer ${CANARY.header}`,
  cookie: `session=${CANARY.header}`,
  'user-agent': CANARY.header,
  'x-request-id': CANARY.header,
  'x-forwarded-for': CANARY.header,
  traceparent: CANARY.header,
  baggage: `claim=${CANARY.header}`,
  'apollographql-client-name': CANARY.header,
  'graphql-client-name': CANARY.header,
  'accept-language': 'de-DE',
  origin: `http://${CANARY.header}.example`,
  referer: `http://${CANARY.header}.example/claims/${CLAIM_NUMBER}`,
};

describe('what the hub is told by the gateway', () => {
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
  });

  function expectNoCanary(): void {
    const bytes = hub.requests.join('\n');
    expect(bytes).not.toMatch(/canary|CLM|4711|mueller|de-DE/i);
    for (const secret of [CLAIM_NUMBER, FILE_NAME]) {
      expect(bytes).not.toContain(secret);
      expect(bytes).not.toContain(Buffer.from(secret).toString('base64').slice(0, -4));
    }
  }

  it('is nothing that was planted: names, comments, headers, extensions, claim, file', async () => {
    const variables = {
      [CANARY.variable]: { space: SPACE_ID, reference: REFERENCE },
      [`${CANARY.variable}_3`]: CLAIM_NUMBER,
    };
    const more = { variables, operationName: CANARY.operation, extensions: { claim: CANARY.extension } };
    const result = await toy.query(SEARCH, more, HEADERS);
    expect(result.errors).toBeUndefined();
    const text = JSON.stringify(result);
    for (const expected of [CLAIM_NUMBER, FILE_NAME, '2026-01', `${CANARY.alias}_matches`, `${CANARY.alias}_seen2`]) {
      expect(text).toContain(expected);
    }
    expect(hub.requests.length).toBeGreaterThanOrEqual(3);
    expectNoCanary();
  });

  it('has the same few bytes whatever the user has called it', async () => {
    const variables = { input: { space: SPACE_ID, reference: REFERENCE } };
    await toy.query('query A($input: FindDuplicatesInput!) { findDuplicates(input: $input) { x: queryId } }', {
      variables,
    });
    await toy.query('query B($input: FindDuplicatesInput!) { y: findDuplicates(input: $input) { z: queryId } }', {
      variables,
    });
    const [first, second] = hub.requests.map((request) => request.replaceAll(/127\.0\.0\.1:\d+/g, 'hub'));
    expect(second).toBe(first);
  });

  it('is no text at all where the wire format has a value', async () => {
    for (const input of [
      { space: CANARY.alias, reference: REFERENCE },
      { space: SPACE_ID, reference: CANARY.alias },
      { space: SPACE_ID, reference: REFERENCE, seenFrom: CANARY.alias },
    ]) {
      const query =
        'query ($input: FindDuplicatesInput!) { findDuplicates(input: $input) { queryId } nodeStatus { tenant } }';
      const result = await toy.query(query, { variables: { input } });
      expect(result.errors?.[0]?.extensions?.code).toMatch(/^BAD_/);
      expect(result.data).toEqual({ findDuplicates: null, nodeStatus: { tenant: 'insurer-a' } });
    }
    expect(hub.requests).toEqual([]);
  });

  it('is nothing from the operations that are not executed', async () => {
    const query = `query ${CANARY.operation} { ${CANARY.alias}: hubStatus { hub } } query Other { hubStatus { hub } }`;
    const result = await toy.query(query, { operationName: 'Other' });
    expect(result.errors).toBeUndefined();
    expectNoCanary();
  });
});
