import { request } from "node:http";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededIds } from "../../../../core/ids.ts";
import { BadResponse, type ResponseHead } from "./response-head.ts";
import { ResponseParser } from "./response-parser.ts";

interface Read {
  status: number;
  headers: readonly string[];
  body: string;
  trailers: string[];
}

/** What the parser makes of bytes that come in pieces, with the connection's end behind them; `bad` where it refuses. */
function read(text: string, pieces: number[] = [], method = "GET"): Read | "bad" | "incomplete" {
  const parser = new ResponseParser();
  let head: ResponseHead | undefined;
  let body = "";
  let done: Read | undefined;
  const sink = {
    onInterim: () => {},
    onHead: (told: ResponseHead) => void (head = told),
    onBody: (buffer: Buffer, start: number, end: number) => void (body += buffer.toString("latin1", start, end)),
    onComplete: (trailers: string[]) => void (done = { status: head!.status, headers: head!.headers, body, trailers }),
  };
  parser.expect(method);
  const buffer = Buffer.alloc(70_000);
  try {
    let rest = text;
    for (const size of [...pieces, text.length]) {
      const piece = rest.slice(0, size);
      rest = rest.slice(size);
      // The same buffer each time, as a socket's: what was before is written over.
      buffer.fill(0x58).write(piece, 0, "latin1");
      parser.feed(buffer, piece.length, sink);
    }
    parser.end(sink);
  } catch (error) {
    if (error instanceof BadResponse) return "bad";
    throw error;
  }
  return done ?? "incomplete";
}

const OK = "HTTP/1.1 200 OK\r\n";
const GOOD: [string, string][] = [
  [`${OK}Content-Length: 5\r\n\r\nhello`, "hello"],
  [`${OK}Content-Length: 0\r\n\r\n`, ""],
  [`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00a;x="y"\r\n0123456789\r\n0\r\n\r\n`, "abc0123456789"],
  [`${OK}Transfer-Encoding: Chunked\r\nTrailer: X\r\n\r\n1 \r\na\r\n0\r\nX: 1\r\nY: 2\r\n\r\n`, "a"],
  [`${OK}X: a\r\n\r\nuntil the end`, "until the end"],
  [`HTTP/1.0 200\r\n\r\nold`, "old"],
  [`${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`, "ok"],
  [`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`, "ok"],
  [`HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n`, ""],
  [`${OK}X-Empty:\r\nX-Tab: \ta\t \r\nContent-Length: 1\r\n\r\nx`, "x"],
];

const BAD = [
  "HTTP/2 200 OK\r\n\r\n",
  "HTTP/1.1 20 OK\r\n\r\n",
  "HTTP/1.1  200 OK\r\n\r\n",
  "hello\r\n\r\n",
  `\r\n${OK}Content-Length: 0\r\n\r\n`,
  `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
  `${OK}Content-Length: 5, 5\r\n\r\nhello`,
  `${OK}Content-Length: -1\r\n\r\n`,
  `${OK}Content-Length: 0x5\r\n\r\nhello`,
  `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `${OK}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  `${OK}X: a\r\n folded\r\n\r\n`,
  `${OK}X: a\nY: b\r\n\r\n`,
  `${OK}X: a\rY: b\r\n\r\n`,
  `${OK}X: \0\r\n\r\n`,
  `${OK}no colon\r\n\r\n`,
  `${OK}: no name\r\n\r\n`,
  `${OK}bad name: x\r\n\r\n`,
  `${OK}X: ${"a".repeat(40_000)}\r\n\r\n`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n1;${"a".repeat(2000)}\r\nx\r\n0\r\n\r\n`,
  `${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n`,
];

test.each(GOOD)("reads %j", (text, body) => {
  expect(read(text)).toMatchObject({ body });
});

test("reads the same in whatever pieces it comes", () => {
  for (const [text] of GOOD) {
    const whole = read(text);
    for (let size = 1; size < Math.min(text.length, 40); size++) {
      expect(read(text, Array(Math.ceil(text.length / size)).fill(size)), `${JSON.stringify(text)} by ${size}`).toEqual(whole);
    }
  }
});

test.each(BAD)("refuses %j", (text) => {
  expect(read(text)).toBe("bad");
  expect(read(text, Array(text.length).fill(1))).toBe("bad");
});

test("a body that ends too soon is not complete", () => {
  expect(read(`${OK}Content-Length: 5\r\n\r\nhell`)).toBe("incomplete");
  expect(read(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`)).toBe("incomplete");
});

test("no body behind the answer to HEAD", () => {
  expect(read(`${OK}Content-Length: 5\r\n\r\n`, [], "HEAD")).toMatchObject({ body: "" });
});

test("headers for the connection alone are left out", () => {
  const text = `${OK}Connection: close, X-Own\r\nX-Own: 1\r\nKeep-Alive: 5\r\nX-Kept: 2\r\nContent-Length: 0\r\n\r\n`;
  expect(read(text)).toMatchObject({ headers: ["X-Kept", "2", "Content-Length", "0"] });
});

let server: Server;
let answer = "";
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer, "latin1"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

/** What Node.js's own client (llhttp) makes of the same bytes. */
function byNode(text: string): Promise<{ status: number; body: string } | "bad"> {
  answer = text;
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    const req = request({ port, host: "127.0.0.1", createConnection: () => connect(port, "127.0.0.1") }, (res) => {
      let body = "";
      res.setEncoding("latin1");
      res.on("data", (piece) => (body += piece));
      res.on("error", () => resolve("bad"));
      res.on("end", () => resolve({ status: res.statusCode!, body }));
    });
    req.on("error", () => resolve("bad"));
    req.end();
  });
}

test("reads nothing otherwise than Node.js's own parser", async () => {
  const ids = seededIds(7);
  const junk = [
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "\0",
    "0",
    "5",
    "a",
    "\x80",
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "chunked",
    "HTTP/1.1 ",
  ];
  const pick = <T>(all: readonly T[]): T => all[Math.floor(ids.fraction() * all.length)]!;
  let both = 0;
  for (let i = 0; i < 600; i++) {
    let text = pick(GOOD)[0];
    for (let change = 0; change < 1 + Math.floor(ids.fraction() * 2); change++) {
      const at = Math.floor(ids.fraction() * text.length);
      text = text.slice(0, at) + pick(junk) + text.slice(at + (ids.fraction() < 0.5 ? 1 : 0));
    }
    const ours = read(text);
    if (ours === "bad" || ours === "incomplete") continue;
    const theirs = await byNode(text);
    // Node.js may refuse more; what both take must be the same.
    if (theirs !== "bad") {
      both++;
      expect({ status: ours.status, body: ours.body }, JSON.stringify(text)).toEqual(theirs);
    }
  }
  expect(both).toBeGreaterThan(50);
});
