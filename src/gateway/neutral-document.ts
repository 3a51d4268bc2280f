import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type NameNode,
  parseType,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { ClaimprintError } from '../protocol/errors.js';
import { PLACEHOLDER, type ResponseKeys } from './response-keys.js';
import { checkWireValue } from './wire-value.js';

type Values = Readonly<Record<string, unknown>>;

interface Given {
  readonly schema: GraphQLSchema;
  /** The fragments of the author's document. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The variables' values, defaults included. */
  readonly values: Values;
  readonly keys: ResponseKeys;
  /** Told of every field at the root, with its arguments. */
  onRootField(name: string, args: Values): void;
}

/**
 * Rewrites selections into neutral ones, and gathers the variables and fragments these need. Built anew, node by node,
 * from the schema's names: what is not copied on purpose does not get in.
 */
export class NeutralDocument {
  readonly variables: Record<string, unknown> = {};
  readonly variableDefinitions: VariableDefinitionNode[] = [];
  readonly fragments: FragmentDefinitionNode[] = [];
  private readonly fragmentNames = new Map<string, NameNode>();
  private readonly given: Given;

  constructor(given: Given) {
    this.given = given;
  }

  /** @throws BAD_REQUEST for what the schema does not have or a value that must not be sent */
  rewriteRoot(set: SelectionSetNode, root: GraphQLNamedType): SelectionSetNode {
    return this.rewriteSelections(set, root, true);
  }

  private rewriteSelections(set: SelectionSetNode, parent: GraphQLNamedType, isRoot: boolean): SelectionSetNode {
    const wanted = set.selections.filter(({ directives }) => isIncluded(directives, this.given.values));
    const selections = wanted.map((selection) => this.rewriteSelection(selection, parent, isRoot));
    const nothing: FieldNode = { kind: Kind.FIELD, alias: nameNode(PLACEHOLDER), name: nameNode('__typename') };
    return { kind: Kind.SELECTION_SET, selections: selections.length > 0 ? selections : [nothing] };
  }

  private rewriteSelection(node: SelectionNode, parent: GraphQLNamedType, isRoot: boolean): SelectionNode {
    if (node.kind === Kind.FIELD) return this.rewriteField(node, parent, isRoot);
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      return { kind: node.kind, name: this.rewriteFragment(node.name.value, isRoot) };
    }
    const type = node.typeCondition ? this.typeNamed(node.typeCondition) : parent;
    const selectionSet = this.rewriteSelections(node.selectionSet, type, isRoot);
    return { kind: node.kind, typeCondition: typeNode(type), selectionSet };
  }

  private rewriteField(node: FieldNode, parent: GraphQLNamedType, isRoot: boolean): FieldNode {
    const name = node.name.value;
    const key = this.given.keys.neutralFor(node.alias?.value ?? name, name);
    const rewritten = {
      kind: Kind.FIELD,
      name: nameNode(name),
      ...(key !== name && { alias: nameNode(key) }),
    } as const;
    if (name === '__typename') return rewritten;
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) throw unsuited();
    const sent: Record<string, unknown> = {};
    const args = (node.arguments ?? []).flatMap((arg) => this.rewriteArgument(arg, field, parent, sent) ?? []);
    if (isRoot) this.given.onRootField(name, sent);
    const inner = node.selectionSet && this.rewriteSelections(node.selectionSet, getNamedType(field.type), false);
    return { ...rewritten, arguments: args, ...(inner && { selectionSet: inner }) };
  }

  private rewriteArgument(
    node: ArgumentNode,
    field: GraphQLField<unknown, unknown>,
    parent: GraphQLNamedType,
    sent: Record<string, unknown>,
  ): ArgumentNode | undefined {
    const argument = field.args.find(({ name }) => name === node.name.value);
    if (!argument) throw unsuited();
    const value = valueFromASTUntyped(node.value, this.given.values);
    if (value === undefined) return undefined;
    checkWireValue(value, argument.type, `${parent.name}.${field.name}(${argument.name}:)`);
    const variable = { kind: Kind.VARIABLE, name: nameNode(`v${this.variableDefinitions.length}`) } as const;
    const type = parseType(String(argument.type), { noLocation: true });
    this.variableDefinitions.push({ kind: Kind.VARIABLE_DEFINITION, variable, type });
    this.variables[variable.name.value] = value;
    sent[argument.name] = value;
    return { kind: Kind.ARGUMENT, name: nameNode(argument.name), value: variable };
  }

  private rewriteFragment(name: string, isRoot: boolean): NameNode {
    const known = this.fragmentNames.get(name);
    if (known) return known;
    const fragment = this.given.fragments.get(name);
    if (!fragment) throw unsuited();
    const type = this.typeNamed(fragment.typeCondition);
    const neutral = nameNode(`f${this.fragmentNames.size}`);
    this.fragmentNames.set(name, neutral);
    const selectionSet = this.rewriteSelections(fragment.selectionSet, type, isRoot);
    this.fragments.push({ kind: Kind.FRAGMENT_DEFINITION, name: neutral, typeCondition: typeNode(type), selectionSet });
    return neutral;
  }

  private typeNamed(node: NamedTypeNode): GraphQLNamedType {
    const type = this.given.schema.getType(node.name.value);
    if (!type) throw unsuited();
    return type;
  }
}

function isIncluded(directives: readonly (DirectiveNode | ConstDirectiveNode)[] = [], values: Values): boolean {
  return directives.every((directive) => {
    const condition = directive.arguments?.find((argument) => argument.name.value === 'if');
    const holds = condition && valueFromASTUntyped(condition.value, values) === true;
    if (directive.name.value === 'skip') return !holds;
    return directive.name.value !== 'include' || holds;
  });
}

function typeNode({ name }: GraphQLNamedType): NamedTypeNode {
  return { kind: Kind.NAMED_TYPE, name: nameNode(name) };
}

function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value };
}

/** What the insurer's graph has checked before; the text names nothing, it may be logged. */
export function unsuited(): ClaimprintError {
  return new ClaimprintError('BAD_REQUEST', 'The hub has no such field.');
}
