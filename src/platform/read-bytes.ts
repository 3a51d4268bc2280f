/** Of `fetch`, or of what lies below it; both give chunk after chunk. */
export type AnswerBody = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null;

/**
 * Reads an answer's body, but not without end.
 * @param tooLarge makes the error for a body of more bytes
 */
export async function readBytes(body: AnswerBody, maxBytes: number, tooLarge: () => Error): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
