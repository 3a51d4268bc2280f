import { registerEnumType } from 'type-graphql';
import { GEOMETRY_VERDICTS } from '../../decision/judge-geometry.js';
import { BANDS, LINES_OF_BUSINESS, MATCH_SCOPES, SCOPES } from '../../protocol/enums.js';
import { MATCH_KINDS } from '../../protocol/evidence.js';

// Names and values equal the hub's: composition merges the two graphs' enumerations into one.
export const BandEnum = enumOf('Band', BANDS);
export const DecisionEnum = enumOf('Decision', [...BANDS, 'UNKNOWN', 'ERROR']);
export const GeometrySourceEnum = enumOf('GeometrySource', ['FILE', 'THUMBNAIL']);
export const GeometryVerdictEnum = enumOf('GeometryVerdict', GEOMETRY_VERDICTS);
export const LineOfBusinessEnum = enumOf('LineOfBusiness', Object.keys(LINES_OF_BUSINESS));
export const MatchKindEnum = enumOf('MatchKind', MATCH_KINDS);
export const MatchScopeEnum = enumOf('MatchScope', MATCH_SCOPES);
/** As the JSON of the command line has them, in the letters of GraphQL's names. */
export const PhotoNoteEnum = enumOf('PhotoNote', ['FLAT', 'REMEMBERED', 'NOT_CHECKED']);
export const PhotoStateEnum = enumOf('PhotoState', ['QUEUED', 'SUBMITTED', 'WITHDRAWN', 'REFUSED']);
export const ScopeEnum = enumOf('Scope', Object.keys(SCOPES));

function enumOf(name: string, values: readonly string[]): Record<string, string> {
  const object = Object.fromEntries(values.map((value) => [value, value]));
  registerEnumType(object, { name });
  return object;
}
