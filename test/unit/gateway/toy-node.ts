import { buildSchema } from 'graphql';
import { buildSubgraph, type Subgraph } from '../../../src/platform/subgraph.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { OWN_ENTRY } from './toy-hub.js';

/** The node's private SDL, with one claim of one photo. */
const NODE_SDL = /* GraphQL */ `
  scalar Upload
  enum Scope { OWN OTHERS ALL }
  enum MatchScope { OWN OTHER }
  enum Band { DUPLICATE REVIEW NONE }
  enum Decision { DUPLICATE REVIEW NONE UNKNOWN ERROR }
  enum LineOfBusiness { UNSPECIFIED MOTOR PROPERTY LIABILITY TRAVEL TRANSPORT OTHER }
  enum PhotoState { QUEUED SUBMITTED WITHDRAWN REFUSED }
  type Mutation {
    ingestPhotos(
      files: [Upload!]!
      claim: String!
      lineOfBusiness: LineOfBusiness = UNSPECIFIED
      check: Boolean = true
    ): CheckReport!
    checkPhotos(files: [Upload!]!, scope: Scope = ALL, deep: Boolean = false): CheckReport!
  }
  type Query { photo(id: ID!): Photo, claim(number: String!): Claim, nodeStatus: NodeStatus! }
  type NodeStatus { tenant: String!, viewer: String }
  type Photo {
    id: ID!
    fileName: String!
    claim: String!
    reference: String!
    state: PhotoState!
    width: Int
    height: Int
    addedAt: String
    thumbnailUrl: String
    entry: Entry
  }
  type Claim { number: String!, photos: [Photo!]! }
  type CheckReport { complete: Boolean!, photos: [PhotoResult!]! }
  type PhotoError { code: String!, message: String! }
  type PhotoResult {
    fileName: String!
    decision: Decision!
    alreadyKnown: Boolean!
    error: PhotoError
    photo: Photo
    matches: [PhotoMatch!]!
  }
  type PhotoMatch {
    scope: MatchScope!
    entry: ID!
    tenant: String!
    claim: String
    fileName: String
    firstSeen: String!
    decision: Band!
    probability: Float!
    similarity: Float
  }
  type Entry { id: ID!, scope: MatchScope, claim: String, fileName: String, thumbnailUrl: String }
`;

export const CLAIM_NUMBER = 'CLM-2026-004711';
export const FILE_NAME = 'unfall-mueller-hinten.jpg';

export const EXPIRED_CLAIM = 'CLM-2026-004712';
const EXPIRED_ENTRY = '22222222-2222-5222-8222-222222222222';

export interface ToyNodeContext {
  readonly viewer?: string;
}

const photo = {
  id: OWN_ENTRY,
  fileName: FILE_NAME,
  claim: CLAIM_NUMBER,
  reference: Buffer.alloc(32, 7).toString('base64'),
  state: 'SUBMITTED',
  thumbnailUrl: `/thumbnails/${OWN_ENTRY}`,
  entry: { id: OWN_ENTRY },
};

/** A photo whose entry the hub no longer has. */
const expired = { ...photo, id: EXPIRED_ENTRY, fileName: 'alt.jpg', entry: { id: EXPIRED_ENTRY } };

const photosOf = new Map([
  [CLAIM_NUMBER, [photo]],
  [EXPIRED_CLAIM, [photo, expired, photo]],
]);

export function toyNode(): Subgraph {
  const schema = buildSchema(NODE_SDL);
  const fields = schema.getQueryType()?.getFields() ?? {};
  fields.photo!.resolve = (_source, { id }) => (id === OWN_ENTRY ? photo : null);
  fields.claim!.resolve = (_source, { number }) => {
    if (number === 'crash') throw new Error('secret path /srv');
    if (number === 'forbidden') throw new ClaimprintError('FORBIDDEN', 'Not yours.');
    return { number, photos: photosOf.get(number) ?? [] };
  };
  fields.nodeStatus!.resolve = (_source, _args, { viewer }: ToyNodeContext) => ({ tenant: 'insurer-a', viewer });
  return buildSubgraph<ToyNodeContext>({
    schema,
    entities: {
      Entry: {
        keys: ['id'],
        resolveReference: ({ id, scope }) => {
          const own = scope === 'OWN' && id === OWN_ENTRY;
          return own ? { ...photo, scope } : { id, scope };
        },
      },
    },
    directives: {
      'Entry.scope': ['@external'],
      'Entry.claim': ['@requires(fields: "scope")'],
      'Entry.fileName': ['@requires(fields: "scope")'],
      'Entry.thumbnailUrl': ['@requires(fields: "scope")'],
    },
  });
}
