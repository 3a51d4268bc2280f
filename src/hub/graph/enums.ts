import '../../platform/reflect-metadata.js';
import { registerEnumType } from 'type-graphql';
import { BANDS, LINES_OF_BUSINESS, MATCH_SCOPES, PURPOSES, SCOPES } from '../../protocol/enums.js';
import { MATCH_KINDS } from '../../protocol/evidence.js';

export const ScopeEnum = enumOf('Scope', Object.keys(SCOPES));
export const MatchKindEnum = enumOf('MatchKind', MATCH_KINDS);
export const MatchScopeEnum = enumOf('MatchScope', MATCH_SCOPES);
export const BandEnum = enumOf('Band', BANDS);
export const LineOfBusinessEnum = enumOf('LineOfBusiness', Object.keys(LINES_OF_BUSINESS));
export const PurposeEnum = enumOf('Purpose', Object.keys(PURPOSES));
export const SpaceStateEnum = enumOf('SpaceState', ['ACTIVE', 'RETIRED']);

/** A GraphQL enum whose values are their own names. */
function enumOf(name: string, names: readonly string[]): Record<string, string> {
  const values = Object.fromEntries(names.map((value) => [value, value]));
  registerEnumType(values, { name });
  return values;
}
