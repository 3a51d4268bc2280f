/** The requests of a node, word for word: what changes from one to the next travels in variables. */
export const DOCUMENTS = {
  submitEmbeddings: 'mutation($input: SubmitEmbeddingsInput!) { submitEmbeddings(input: $input) { receipt } }',
  withdrawEntries: 'mutation($input: WithdrawEntriesInput!) { withdrawEntries(input: $input) { receipt withdrawn } }',
  embeddingSpaces: '{ embeddingSpaces { id state } }',
} as const;

/** What is asked of each match; only where it is wanted, so that a hub of an earlier release answers all other searches. */
export function findDocument(wanted: { allScores?: boolean | undefined; kinds?: boolean | undefined }): string {
  const more = `${wanted.allScores ? ' score' : ''}${wanted.kinds ? ' kind evidence' : ''}`;
  return `query($input: FindDuplicatesInput!) { findDuplicates(input: $input) { complete truncated searched${wanted.kinds ? ' regions' : ''} matches { scope decision probability similarity${more} finalAnswer entry { id tenant firstSeen } } } }`;
}
