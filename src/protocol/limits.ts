/** Limits of protocol version 1, the same for node and hub. */
export const LIMITS = {
  /** Entries in one submission. */
  maxEntriesPerBatch: 500,
  /** Bytes of one encoded entry leaf (a whole photo and nine tiles of 2048 dimensions in float32). */
  maxLeafBytes: 96 * 1024,
  /** Bytes of one request body at the hub. */
  maxBodyBytes: 8 * 1024 * 1024,
  /** Bytes of a compact token or proof. */
  maxTokenBytes: 8 * 1024,
  /** Matches in one answer. */
  maxMatches: 100,
  /** The same where the scores of all own entries are asked for. */
  maxScores: 10_000,
  /** Matches of other tenants in one answer. */
  maxForeignMatches: 10,
  /** References in one withdrawal. */
  maxReferencesPerWithdrawal: 500,
  /** Records in one page of a tenant's own part of the log, or of proofs. */
  maxAuditRecords: 100,
  accessTokenLifetimeSeconds: 300,
  proofLifetimeSeconds: 120,
  clockSkewSeconds: 30,
  /** Active public keys of one tenant. */
  maxKeysPerTenant: 4,
  /** Keys that a tenant adds and retires by itself in a day of UTC; revoking is not counted. */
  maxKeyChangesPerDay: 20,
} as const;

/** Matches that a search may ask for. */
export function maxMatches(allScores = false): number {
  return allScores ? LIMITS.maxScores : LIMITS.maxMatches;
}
