import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { OPERATIONS } from '../../protocol/enums.js';
import { ClaimprintError } from '../../protocol/errors.js';

export const MAX_TOKENS = 1_000;
const MAX_DEPTH = 10;
const MAX_SELECTIONS = 300;
const MAX_ALIASES = 20;

/** What a document asks for, with its fragments spread out. */
export interface DocumentShape {
  /** Protected root fields, aliases counted each. */
  readonly protectedFields: number;
  /** Whether a root field would be answered more than once, under different aliases. */
  readonly repeats: boolean;
  readonly introspects: boolean;
}

/**
 * Measures a validated document (so without fragment cycles), before anything of it runs.
 * @throws BAD_REQUEST if it is too deep, too large or aliases too much
 */
export function measureDocument(document: DocumentNode): DocumentShape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  let selections = 0;
  let aliases = 0;
  let protectedFields = 0;
  let introspects = false;
  /** Response key under which each root field is asked for. */
  const rootKeys = new Map<string, string>();
  let repeats = false;

  const walk = (set: SelectionSetNode, depth: number): void => {
    if (depth > MAX_DEPTH) throw tooLarge();
    for (const node of set.selections) {
      // Spreads count too, or fragments that hold two spreads each would double at every level.
      if (++selections > MAX_SELECTIONS) throw tooLarge();
      if (node.kind === Kind.FIELD) {
        const name = node.name.value;
        if (node.alias) aliases++;
        if (depth === 1 && (OPERATIONS as readonly string[]).includes(name)) protectedFields++;
        if (depth === 1 && name !== '__typename') {
          const key = node.alias?.value ?? name;
          // The same key again is merged and answered once.
          if ((rootKeys.get(name) ?? key) !== key) repeats = true;
          rootKeys.set(name, key);
        }
        if (depth === 1 && /^(__schema|__type|_service)$/.test(name)) introspects = true;
        if (node.selectionSet) walk(node.selectionSet, depth + 1);
      } else if (node.kind === Kind.INLINE_FRAGMENT) walk(node.selectionSet, depth);
      else {
        const fragment = fragments.get(node.name.value);
        if (fragment) walk(fragment.selectionSet, depth);
      }
    }
  };
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) walk(node.selectionSet, 1);
  }
  if (aliases > MAX_ALIASES) throw tooLarge();
  return { protectedFields, repeats, introspects };
}

function tooLarge(): ClaimprintError {
  return new ClaimprintError('BAD_REQUEST', 'The query is too large or too deep.');
}
