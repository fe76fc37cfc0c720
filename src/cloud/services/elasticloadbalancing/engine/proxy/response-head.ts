/** The head of a target's response, read strictly: what is not plainly HTTP/1.x is refused, never guessed at. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Name, value, name, value, …: end to end headers alone, as sent. */
  readonly headers: readonly string[];
  /** Bytes that the body has; `chunked`; or until the connection ends. */
  readonly framing: number | "chunked" | "close";
  /** Whether the connection may carry another request. */
  readonly keepAlive: boolean;
  /** Which trailers a chunked body announces. */
  readonly trailer: string | undefined;
  /** What the connection becomes, for 101. */
  readonly upgrade: string | undefined;
}

/** A target said something that is no HTTP response. */
export class BadResponse extends Error {}

/** Anything that is no visible character, space, tab, CR or LF. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const LENGTH = /^\d{1,15}$/;

/** RFC 9110, 7.6.1: for one connection alone. `Upgrade` is given back where the connection is upgraded. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"]);

/**
 * @param text without the empty line at its end; each byte is a character
 * @throws BadResponse
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  if (FORBIDDEN.test(text)) throw new BadResponse("a control character in a header");
  const lines = text.split("\r\n");
  const status = STATUS_LINE.exec(lines[0]!);
  if (!status) throw new BadResponse("no status line");
  const fields = readFields(lines, 1);
  const code = Number(status[2]);
  const oldVersion = status[1] === "0";
  return {
    status: code,
    reason: checkLine(status[3] ?? ""),
    headers: fields.headers,
    framing: framingOf(fields, code, method, oldVersion),
    keepAlive: keepsAlive(fields.connection, oldVersion),
    trailer: fields.trailer,
    upgrade: fields.upgrade,
  };
}

interface Fields {
  headers: string[];
  length: string | undefined;
  encoding: string | undefined;
  connection: string;
  upgrade: string | undefined;
  trailer: string | undefined;
}

function readFields(lines: string[], from: number): Fields {
  const fields: Fields = { headers: [], length: undefined, encoding: undefined, connection: "", upgrade: undefined, trailer: undefined };
  let nominated = false;
  for (let i = from; i < lines.length; i++) {
    const line = lines[i]!;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    // A line that goes on from the one before begins with a space: no name does.
    if (colon <= 0 || !NAME.test(name)) throw new BadResponse("a line that is no header");
    const value = checkLine(trim(line, colon + 1));
    const kept = take(fields, name.toLowerCase(), value);
    if (kept) fields.headers.push(name, value);
    else nominated ||= fields.connection !== "";
  }
  if (nominated) dropNominated(fields);
  return fields;
}

/** Notes what says how to read the response. Returns whether the header goes on to the client. */
function take(fields: Fields, name: string, value: string): boolean {
  switch (name) {
    case "content-length": {
      if (!LENGTH.test(value)) throw new BadResponse("a Content-Length that is no number");
      if (fields.length !== undefined && fields.length !== value) throw new BadResponse("two lengths");
      const again = fields.length !== undefined;
      fields.length = value;
      return !again;
    }
    case "transfer-encoding":
      fields.encoding = fields.encoding === undefined ? value.toLowerCase() : `${fields.encoding},${value.toLowerCase()}`;
      return false;
    case "connection":
      fields.connection += `,${value.toLowerCase()}`;
      return false;
    case "upgrade":
      fields.upgrade = value;
      return false;
    case "trailer":
      fields.trailer = value;
      return false;
    default:
      return !HOP_BY_HOP.has(name);
  }
}

/** Headers that `Connection` names are for this connection, too; those that say where a body ends are not its to take away. */
function dropNominated(fields: Fields): void {
  if (fields.connection === ",keep-alive" || fields.connection === ",close") return;
  const names = new Set(fields.connection.split(",").map((name) => name.trim()));
  for (const usual of ["", "close", "keep-alive", "upgrade", "content-length"]) names.delete(usual);
  if (names.size === 0) return;
  const kept: string[] = [];
  for (let i = 0; i < fields.headers.length; i += 2) {
    if (!names.has(fields.headers[i]!.toLowerCase())) kept.push(fields.headers[i]!, fields.headers[i + 1]!);
  }
  fields.headers = kept;
}

/** RFC 9112, 6.3. A response with both a length and an encoding "ought to be handled as an error". */
function framingOf(fields: Fields, status: number, method: string, oldVersion: boolean): ResponseHead["framing"] {
  if (fields.encoding !== undefined) {
    if (fields.encoding !== "chunked" || oldVersion) throw new BadResponse(`Transfer-Encoding: ${fields.encoding}`);
    if (fields.length !== undefined) throw new BadResponse("a length and an encoding");
  }
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  if (fields.encoding !== undefined) return "chunked";
  return fields.length === undefined ? "close" : Number(fields.length);
}

function keepsAlive(connection: string, oldVersion: boolean): boolean {
  if (connection === "") return !oldVersion;
  const options = connection.split(",").map((option) => option.trim());
  return !options.includes("close") && (!oldVersion || options.includes("keep-alive"));
}

function trim(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

const isBlank = (code: number): boolean => code === 32 || code === 9;

/** A CR or LF that is not the end of a line would be one for somebody else. */
function checkLine(text: string): string {
  if (text.includes("\r") || text.includes("\n")) throw new BadResponse("half an end of line");
  return text;
}

/** The fields behind the last chunk. @throws BadResponse */
export function parseTrailers(text: string): string[] {
  if (text === "") return [];
  if (FORBIDDEN.test(text)) throw new BadResponse("a control character in a trailer");
  const fields = readFields(text.split("\r\n"), 0);
  if (fields.length !== undefined || fields.encoding !== undefined) throw new BadResponse("a trailer that frames");
  return fields.headers;
}
