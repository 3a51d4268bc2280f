import type { HubAnswer } from '../../gateway/hub-answer.js';
import type { HubRequest } from '../../gateway/hub-request.js';
import type { Node } from '../../node/node.js';
import {
  type GatewayHandler,
  type NodeServer,
  type NodeServerOptions,
  startNodeServer,
} from '../../node/server/node-server.js';
import { type ErrorCode, isErrorCode } from '../../protocol/errors.js';

const stepOf = ({ operation }: HubRequest) => ({ name: 'hub request', operation: operation ?? 'other' }) as const;

function codeOf({ errors }: HubAnswer): ErrorCode | undefined {
  if (!errors?.length) return undefined;
  const code = errors[0]?.extensions?.code;
  return isErrorCode(code) ? code : 'INTERNAL';
}

/** Puts the insurer's gateway before its node and serves both. */
export function serveNode(node: Node, options: Omit<NodeServerOptions, 'openGateway'>): Promise<NodeServer> {
  return startNodeServer(node, { ...options, openGateway: () => openGateway(node) });
}

/**
 * The gateway knows the hub by the committed schema, so it works while the hub is down, and holds no key: the node signs
 * what it may send. Loaded only here, as it is larger than all the rest of a node.
 */
async function openGateway(node: Node): Promise<GatewayHandler> {
  const [{ createGateway }, { httpHubTransport }, { inProcessNode }, { composeSupergraph }] = await Promise.all([
    import('../../gateway/gateway.js'),
    import('../../gateway/hub-transport.js'),
    import('../../gateway/node-executor.js'),
    import('../../gateway/supergraph.js'),
  ]);
  const { createGatewaySigner } = await import('../../node/gateway-signer.js');
  const { nodeSubgraph } = await import('../../node/graph/schema.js');
  const { hubSdlFile } = await import('../../platform/hub-sdl-file.js');
  const hubSdl = hubSdlFile();
  const subgraph = nodeSubgraph();
  const transport = httpHubTransport({ url: node.hub.graphqlUrl, signer: createGatewaySigner(node, hubSdl) });
  return createGateway({
    supergraphSdl: composeSupergraph(hubSdl, subgraph.sdl),
    node: inProcessNode(subgraph.schema),
    hub: { execute: (request) => node.around(stepOf(request), () => transport.execute(request), codeOf) },
    logger: node.logger,
  });
}
