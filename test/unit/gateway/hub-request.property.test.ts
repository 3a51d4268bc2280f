import fc from 'fast-check';
import { execute, type GraphQLSchema, getNamedType, isObjectType, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { neutralHubRequest } from '../../../src/gateway/hub-request.js';
import { REFERENCE, SPACE_ID, toyHub } from './toy-hub.js';

const CANARY = 'Clm4711Mueller';
const { schema } = toyHub();

/** Fragments are named after their type and hold its plain fields, each under an alias. */
function fragmentsUsed(source: string, hub: GraphQLSchema): string {
  const names = new Set([...source.matchAll(/\.\.\.(\w+_F_)(\w+)/g)].map(([, , type]) => type!));
  return [...names].map((name) => `fragment ${CANARY}_F_${name} on ${name} { ${plainFields(hub, name)} }`).join('\n');
}

function plainFields(hub: GraphQLSchema, typeName: string): string {
  const type = hub.getType(typeName);
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  const plain = fields.filter((field) => !isObjectType(getNamedType(field.type)));
  return plain.map((field) => `${CANARY}_${field.name}_9: ${field.name}`).join(' ');
}

/** An alias always stands for one field, so that equal keys merge; some fields go without. */
const aliasOf = (field: string) =>
  fc.constantFrom('', ...[0, 1].map((number) => `${CANARY}_${field}_${number}: `)).map((alias) => alias + field);

const condition = fc.constantFrom('', '', '', '@skip(if: true)', `@include(if: $${CANARY}_flag)`, '@include(if: true)');

function selectionOf(typeName: string, depth: number): fc.Arbitrary<string> {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(typeName);
  const fields = Object.values(type.getFields()).map((field) => {
    const inner = getNamedType(field.type);
    const nested = isObjectType(inner) ? selectionOf(inner.name, depth + 1) : fc.constant('');
    return fc.tuple(aliasOf(field.name), condition, nested).map((parts) => parts.join(' '));
  });
  const typename = aliasOf('__typename');
  const inline = fc
    .tuple(condition, fc.oneof(...fields, typename))
    .map(([when, field]) => `... on ${typeName} ${when} { ${field} }`);
  const untyped = fc.oneof(...fields).map((field) => `... { ${field} }`);
  const spread = fc.constant(`...${CANARY}_F_${typeName}`);
  return fc
    .array(fc.oneof(...fields, typename, inline, untyped, spread), { minLength: 1, maxLength: 4 })
    .map((selections) => `{ ${selections.join(' ')} }`);
}

const operation = fc
  .record({
    find: selectionOf('FindDuplicatesResult', 1),
    status: selectionOf('HubStatus', 1),
    spaces: selectionOf('EmbeddingSpace', 1),
    literal: fc.boolean(),
    flag: fc.boolean(),
  })
  .map(({ find, status, spaces, literal, flag }) => {
    const args = literal
      ? `{ space: "${SPACE_ID}", reference: $${CANARY}_ref, limit: 2, scope: ALL, linesOfBusiness: [MOTOR, OTHER] }`
      : `$${CANARY}_input`;
    const declared = literal ? `$${CANARY}_ref: Reference` : `$${CANARY}_input: FindDuplicatesInput!`;
    const body = `{
      # ${CANARY} in a comment
      ${CANARY}_find: findDuplicates(input: ${args}) ${find}
      ${CANARY}_status: hubStatus ${status}
      embeddingSpaces ${spaces}
      hubStatus @include(if: $${CANARY}_flag) { hub }
    }`;
    const source = `query ${CANARY}_Q(${declared}, $${CANARY}_flag: Boolean!) ${body}\n${fragmentsUsed(body, schema)}`;
    const input = { space: SPACE_ID, reference: REFERENCE, limit: 1 };
    const variables = literal ? { [`${CANARY}_ref`]: REFERENCE } : { [`${CANARY}_input`]: input };
    return { source, variables: { ...variables, [`${CANARY}_flag`]: flag } };
  });

describe('neutralHubRequest, on any request', () => {
  it('says nothing the user has named and gets the answer the user has asked for', async () => {
    await fc.assert(
      fc.asyncProperty(operation, async ({ source, variables }) => {
        const document = parse(source);
        expect(validate(schema, document)).toEqual([]);
        const expected = await execute({ schema, document, variableValues: variables });
        expect(expected.errors).toBeUndefined();

        const { query, variables: sent, restore } = neutralHubRequest({ schema, document, variables });
        expect(query + JSON.stringify(sent)).not.toMatch(/Clm|4711|Mueller|#|@/);
        const wire = parse(query);
        expect(validate(schema, wire)).toEqual([]);
        const answer = await execute({ schema, document: wire, variableValues: JSON.parse(JSON.stringify(sent)) });
        const restored = restore(JSON.parse(JSON.stringify(answer)));
        expect(JSON.parse(JSON.stringify(restored))).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
      { numRuns: 200 },
    );
  });

  it('never lets a text through that no place of the wire format is made for', () => {
    const places = [
      'space',
      'reference',
      'entry',
      'scope',
      'limit',
      'linesOfBusiness',
      'seenFrom',
      'seenTo',
      'purpose',
    ];
    const document = parse('query ($i: FindDuplicatesInput!) { findDuplicates(input: $i) { queryId } }');
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.string({ minLength: 1, maxLength: 80 }), (place, text) => {
        fc.pre(!['OWN', 'OTHERS', 'ALL'].includes(text));
        const input = { space: SPACE_ID, [place]: text };
        expect(() => neutralHubRequest({ schema, document, variables: { i: input } })).toThrow(/./);
      }),
    );
  });
});
