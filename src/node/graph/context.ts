import type { Node } from '../node.js';

/** What the resolvers of the private graph work with. */
export interface NodeContext {
  readonly node: Node;
}
