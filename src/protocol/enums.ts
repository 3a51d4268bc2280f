/** Enumerations on the wire. A value's number is its byte in the binary encodings and never changes. */

export const LINES_OF_BUSINESS = {
  UNSPECIFIED: 0,
  MOTOR: 1,
  PROPERTY: 2,
  LIABILITY: 3,
  TRAVEL: 4,
  TRANSPORT: 5,
  OTHER: 255,
} as const;
export type LineOfBusiness = keyof typeof LINES_OF_BUSINESS;

export const SCOPES = { OWN: 1, OTHERS: 2, ALL: 3 } as const;
export type Scope = keyof typeof SCOPES;

export const PURPOSES = { CLAIM_CHECK: 1, FRAUD_INVESTIGATION: 2, AUDIT: 3, TEST: 4 } as const;
export type Purpose = keyof typeof PURPOSES;

export const MATCH_SCOPES = ['OWN', 'OTHER'] as const;
export type MatchScope = (typeof MATCH_SCOPES)[number];

/** What a match means, strongest first. */
export const BANDS = ['DUPLICATE', 'REVIEW', 'NONE'] as const;
export type Band = (typeof BANDS)[number];

/** The operations a request proof can sign; each is the name of one protected root field of the hub. */
export const OPERATIONS = ['submitEmbeddings', 'findDuplicates', 'withdrawEntries'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The name behind a byte of the tables above. */
export function nameOf<T extends Record<string, number>>(table: T, value: number): keyof T | undefined {
  return Object.keys(table).find((name) => table[name] === value);
}
