import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import { decodeCanonical } from '../protocol/bytes.js';
import { ClaimprintError } from '../protocol/errors.js';
import { decodeLeaf, REFERENCE_BYTES } from '../protocol/leaf.js';
import { monthNumber } from '../protocol/month.js';
import { parseSpaceId } from '../protocol/space.js';

/** An id the hub has issued: a UUID for one's own entries, a hash in hex or base64url for foreign ones. */
const ISSUED_ID = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|[A-Za-z0-9_-]{22}|[A-Za-z0-9_-]{43})$/;

type Check = (value: unknown) => boolean;

const isText = (check: (text: string) => unknown): Check => {
  return (value) => typeof value === 'string' && check(value) !== false;
};
const isMonth = isText(monthNumber);

/**
 * Every place of the hub's input types that can hold text, and the form it must have. There is no free text among
 * them, so what a user has typed cannot leave in one; a place that is missing here is not sent at all.
 */
const FORMS: Readonly<Record<string, Check>> = {
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => Number.isInteger(value),
  Float: (value) => Number.isFinite(value),
  Reference: isText((text) => decodeCanonical(text, 'base64')?.length === REFERENCE_BYTES),
  EntryLeaf: isText((text) => decodeLeaf(decodeCanonical(text, 'base64') ?? Buffer.alloc(0))),
  _Any: isRepresentation,
  'FindDuplicatesInput.space': isText(parseSpaceId),
  'FindDuplicatesInput.seenFrom': isMonth,
  'FindDuplicatesInput.seenTo': isMonth,
};

/**
 * Checks that a value holds nothing but what the wire format has a place for.
 *
 * @param value as JSON, enum values as strings
 * @param place its schema coordinate, for the error text: the value itself may be private
 * @throws BAD_REQUEST if it does not, or a more precise code of the protocol
 */
export function checkWireValue(value: unknown, type: GraphQLInputType, place: string): void {
  if (value === null || value === undefined) {
    if (isNonNullType(type)) throw refused(place);
    return;
  }
  if (isNonNullType(type)) {
    checkWireValue(value, type.ofType, place);
    return;
  }
  if (isListType(type)) {
    for (const item of Array.isArray(value) ? value : [value]) checkWireValue(item, type.ofType, place);
    return;
  }
  if (isInputObjectType(type)) {
    if (typeof value !== 'object' || Array.isArray(value)) throw refused(place);
    const fields = type.getFields();
    for (const [name, item] of Object.entries(value)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!field) throw refused(place);
      checkWireValue(item, field.type, `${type.name}.${name}`);
    }
    return;
  }
  const allowed = isEnumType(type)
    ? typeof value === 'string' && type.getValue(value) !== undefined
    : (FORMS[place] ?? FORMS[type.name])?.(value);
  if (!allowed) throw refused(place);
}

function isRepresentation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { __typename, id, ...others } = value as Record<string, unknown>;
  const known = __typename === 'Entry' && typeof id === 'string' && ISSUED_ID.test(id);
  return known && Object.keys(others).length === 0;
}

function refused(place: string): ClaimprintError {
  return new ClaimprintError('BAD_REQUEST', `The value given for ${place} is not one the hub may be sent.`);
}
