import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

interface OperationLimits {
  /** Lexical tokens of one document. */
  readonly maxTokens: number;
  /** Fields within fields; the usual introspection query has 14. */
  readonly maxDepth: number;
}

/** Refuses documents that are too large to parse or too deep to plan, before either is done. */
export function useOperationLimits({ maxTokens, maxDepth }: OperationLimits): GatewayPlugin {
  return {
    onParse: ({ params, setParsedDocument }) => {
      // Parsed here, not by options: the engine's own parser does not hand `maxTokens` on.
      setParsedDocument(parse(params.source, { maxTokens }));
    },
    onValidate: ({ addValidationRule }) => {
      addValidationRule((context: ValidationContext) => maxDepthRule(context, maxDepth));
    },
  };
}

function maxDepthRule(context: ValidationContext, maxDepth: number): ASTVisitor {
  const depths = new Map<FragmentDefinitionNode, number>();

  const depthOfFragment = (name: string): number => {
    const fragment = context.getFragment(name);
    if (!fragment) return 0;
    const known = depths.get(fragment);
    if (known !== undefined) return known;
    depths.set(fragment, 0); // A cycle ends here; another rule refuses it.
    const depth = depthOf(fragment.selectionSet);
    depths.set(fragment, depth);
    return depth;
  };

  const depthOf = (set: SelectionSetNode | undefined): number => {
    let deepest = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) deepest = Math.max(deepest, depthOfFragment(selection.name.value));
      else {
        const own = selection.kind === Kind.FIELD ? 1 : 0;
        deepest = Math.max(deepest, own + depthOf(selection.selectionSet));
      }
    }
    return deepest;
  };

  return {
    OperationDefinition(operation) {
      if (depthOf(operation.selectionSet) <= maxDepth) return;
      context.reportError(
        new GraphQLError(`The operation is more than ${maxDepth} fields deep.`, { nodes: operation }),
      );
    },
  };
}
