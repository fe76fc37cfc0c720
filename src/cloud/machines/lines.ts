import { StringDecoder } from "node:string_decoder";

/** The most characters of a line that go out at once; a CloudWatch Logs event holds 256 KiB (PutLogEvents quotas). */
const LONGEST_LINE = 200_000;

/** Cuts a byte stream into lines. Call `end` for what is left when the stream ends. */
export function lineSplitter(onLine: (line: string) => void): { push: (chunk: Uint8Array) => void; end: () => void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const out = (line: string): void => onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  return {
    push: (chunk) => {
      const parts = (rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) out(part);
      while (rest.length > LONGEST_LINE) {
        onLine(rest.slice(0, LONGEST_LINE));
        rest = rest.slice(LONGEST_LINE);
      }
    },
    end: () => {
      rest += decoder.end();
      if (rest) out(rest);
      rest = "";
    },
  };
}
