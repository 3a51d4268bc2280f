import { createRequire } from 'node:module';
import { parse } from 'graphql';
import { ClaimprintError } from '../protocol/errors.js';
import { publicHubSdl } from './public-hub-sdl.js';

/** The build that the gateway's runtime loads too. */
const { composeServices, compositionHasErrors } = createRequire(import.meta.url)(
  '@theguild/federation-composition',
) as typeof import('@theguild/federation-composition');

/** Names of the two subgraphs inside the supergraph; the gateway finds their transports by them. */
export const HUB_SUBGRAPH = 'hub';
export const NODE_SUBGRAPH = 'node';

/**
 * Composes the insurer's graph out of the hub's and the node's federation v2 SDL. The addresses in the result are
 * placeholders: the gateway reaches both through its own transports.
 *
 * @throws INTERNAL naming what does not compose
 */
export function composeSupergraph(hubSdl: string, nodeSdl: string): string {
  const result = composeServices([
    { name: HUB_SUBGRAPH, typeDefs: parse(publicHubSdl(hubSdl)), url: 'claimprint:hub' },
    { name: NODE_SUBGRAPH, typeDefs: parse(nodeSdl), url: 'claimprint:node' },
  ]);
  if (compositionHasErrors(result)) {
    const reasons = result.errors.map((error) => error.message).join('\n');
    throw new ClaimprintError('INTERNAL', `The graphs of hub and node do not compose:\n${reasons}`);
  }
  return result.supergraphSdl;
}
