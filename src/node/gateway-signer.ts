import { buildSchema } from 'graphql';
import { findDigest } from '../protocol/digest.js';
import { uuidV7 } from '../protocol/ids.js';
import { type OutgoingRequest, readGatewayRequest } from './gateway-request.js';
import type { Node } from './node.js';

/** Gives the gateway's requests their right to be sent: the gateway itself holds no key. */
export interface GatewaySigner {
  /**
   * Headers with the access token and, for a search, the proof over exactly its arguments.
   * @throws FORBIDDEN for everything but finding and reading; BAD_REQUEST for what the hub's schema does not have;
   * HUB_UNAVAILABLE, HUB_CHANGED, UNAUTHENTICATED, CLOCK_SKEW
   */
  authorize(request: OutgoingRequest): Promise<Readonly<Record<string, string>>>;
}

/** @param hubSdl the hub's schema: it tells the defaults of arguments that are not sent, which are signed too */
export function createGatewaySigner({ hub, nowMs }: Pick<Node, 'hub' | 'nowMs'>, hubSdl: string): GatewaySigner {
  const schema = buildSchema(hubSdl, { assumeValid: true, assumeValidSDL: true });
  return {
    async authorize(request) {
      const search = readGatewayRequest(schema, request);
      if (!search) return hub.authorize(undefined);
      const { space } = search;
      const digest = findDigest(search);
      return hub.authorize({ operation: 'findDuplicates', jti: uuidV7(nowMs()), count: 1, space, digest });
    },
  };
}
