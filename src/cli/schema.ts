import type { Command } from 'commander';
import { command, group } from './command.js';
import { print, printJson } from './terminal.js';

export function schemaCommand(): Command {
  return group('schema', 'print a GraphQL schema (SDL)', [
    sdlCommand('hub', "the hub's federation subgraph", async () => (await import('../hub/graph/schema.js')).hubSdl()),
    sdlCommand('node', "the node's private subgraph", async () => (await import('../node/graph/schema.js')).nodeSdl()),
    sdlCommand('supergraph', "what an insurer's gateway serves, composed", async () => {
      const { hubSdl } = await import('../hub/graph/schema.js');
      const { nodeSdl } = await import('../node/graph/schema.js');
      const { composeSupergraph } = await import('../gateway/supergraph.js');
      return composeSupergraph(hubSdl(), nodeSdl());
    }),
  ]);
}

function sdlCommand(name: string, description: string, read: () => Promise<string>): Command {
  return command<object>(name, description, async (_none, { json }) => {
    const sdl = await read();
    if (json) printJson({ sdl });
    else print(sdl.trimEnd());
    return 0;
  });
}
