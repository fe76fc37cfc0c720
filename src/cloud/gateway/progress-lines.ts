import { Readable } from "node:stream";

/** Lines of JSON as they come: what `work` reports, and at the end `{"result": …}` or `{"error": "…"}`. */
export function progressLines(work: (onProgress: (progress: object) => void) => Promise<object>): Readable {
  const stream = new Readable({ read: () => {} });
  const line = (value: object): void => void (stream.destroyed || stream.push(`${JSON.stringify(value)}\n`));
  work(line)
    .then((result) => line({ result }))
    .catch((error: unknown) => line({ error: error instanceof Error ? error.message : String(error) }))
    .finally(() => stream.push(null));
  return stream;
}
