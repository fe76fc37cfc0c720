import { expect, test } from "vitest";
import { ChunkedBody } from "./chunked.ts";

const read = async (pieces: string[]): Promise<{ text: string; trailers: Record<string, string> }> => {
  const body = new ChunkedBody(
    (async function* () {
      for (const piece of pieces) yield Buffer.from(piece);
    })(),
  );
  let text = "";
  for await (const piece of body) text += Buffer.from(piece).toString();
  return { text, trailers: body.trailers };
};

test("chunks may be cut anywhere on their way", async () => {
  const whole = "5;chunk-signature=abc\r\nhello\r\n6\r\n world\r\n0;chunk-signature=def\r\nx-amz-checksum-crc32:abc=\r\n\r\n";
  for (let at = 1; at < whole.length; at++) {
    expect(await read([whole.slice(0, at), whole.slice(at)])).toEqual({ text: "hello world", trailers: { "x-amz-checksum-crc32": "abc=" } });
  }
});

test("the last line ends may be missing", async () => {
  expect(await read(["1\r\na\r\n0\r\n"])).toEqual({ text: "a", trailers: {} });
  expect(await read(["0\r\nx-amz-checksum-crc32:abc="])).toEqual({ text: "", trailers: { "x-amz-checksum-crc32": "abc=" } });
});

test("a body that ends early, or is no chunks at all, is incomplete", async () => {
  await expect(read(["5\r\nhel"])).rejects.toMatchObject({ code: "IncompleteBody" });
  await expect(read(["hello"])).rejects.toMatchObject({ code: "IncompleteBody" });
});
