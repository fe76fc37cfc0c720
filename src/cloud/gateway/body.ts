/** The largest body that is held in memory. Larger ones come as streams, to services that take them. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** A stream's whole content, or undefined when it is too large. The stream is not destroyed then: an answer can still be sent. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
