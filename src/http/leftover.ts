const MOST_BYTES = 32 * 1024 * 1024;
const MOST_MS = 1_000;

/**
 * Reads away what is left of a body that was refused, so that the connection can carry the next request. False where
 * there is too much of it or it comes too slowly: then the answer has to say `Connection: close`.
 */
export async function discardBody({ body, headers }: Request): Promise<boolean> {
  if (body === null || body.locked) return true;
  if (Number(headers.get('content-length') ?? 0) > MOST_BYTES) return false;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const patience = Promise.withResolvers<false>();
  const timer = setTimeout(() => patience.resolve(false), MOST_MS);
  try {
    return await Promise.race([readAway(reader), patience.promise]);
  } finally {
    clearTimeout(timer);
    // Released and not cancelled: a cancelled body takes the connection with it, and the answer never arrives.
    reader.releaseLock();
  }
}

async function readAway(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
  try {
    for (let size = 0; size <= MOST_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return true;
      size += value.byteLength;
    }
  } catch {
    // broken off, or given up above: nothing more can come over this connection
  }
  return false;
}
