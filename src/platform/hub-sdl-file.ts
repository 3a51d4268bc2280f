import { readFileSync } from 'node:fs';

/** The hub's graph as committed in `schema.graphql`: what a node's gateway composes without asking the hub. */
export function hubSdlFile(): string {
  return readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
}
