import { lineSplitter } from "../lines.ts";

/**
 * Reads an attached container's output. Without a terminal the engine multiplexes standard output and error: frames of an
 * 8-byte header (stream, three zeros, length as a big-endian number) and the payload (Docker Engine API, ContainerAttach).
 * Resolves at the end of the stream.
 */
export function readOutput(stream: NodeJS.ReadableStream, tty: boolean, onLine: (line: string) => void): Promise<void> {
  const out = lineSplitter(onLine);
  const err = lineSplitter(onLine);
  const push = tty ? out.push : demultiplexer((kind, payload) => (kind === 2 ? err : out).push(payload));
  stream.on("data", (chunk: Buffer) => push(chunk));
  return new Promise((resolve) => {
    const done = (): void => {
      out.end();
      err.end();
      resolve();
    };
    stream.once("end", done);
    stream.once("close", done);
    stream.once("error", done);
  });
}

function demultiplexer(onFrame: (kind: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    while (rest.length >= 8) {
      const length = rest.readUInt32BE(4);
      if (rest.length < 8 + length) return;
      onFrame(rest[0]!, rest.subarray(8, 8 + length));
      rest = rest.subarray(8 + length);
    }
  };
}
