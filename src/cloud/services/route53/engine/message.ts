import ipaddr from "ipaddr.js";
import { lower, parent } from "../names.ts";
import type { Answer, Resolution } from "./resolve.ts";
import { RCODES, TYPES, type Rcode } from "./types.ts";

/**
 * DNS messages (RFC 1035 section 4, EDNS(0) RFC 6891, client subnet RFC 7871). The package `dns-packet` is not used here:
 * it does not compress names, decodes them as UTF-8, and throws on malformed options; and what is cached must be bytes.
 * The tests read every message with it and with dig.
 */

export const HEADER = 12;
/** What this server takes over UDP, and the most it sends (dnsflagday.net/2020). */
export const UDP_SIZE = 1232;
const MAX_MESSAGE = 65_535;

export interface Edns {
  /** What the client takes over UDP. */
  size: number;
  version: number;
  /** DNSSEC OK; it goes back as it came. */
  dnssecOk: boolean;
  /** The option's data, and the same as `192.0.2.0/24`. */
  subnet?: { data: Buffer; text: string };
}

export interface Query {
  id: number;
  flags: number;
  /** Where the question ends. */
  end: number;
  /** The name in lower case, as a key. */
  name: string;
  /** The name as it was asked. */
  asked: string;
  type: number;
  class: number;
  edns?: Edns;
}

/** A message that cannot be answered from the zones; `undefined` where no answer at all may be given. */
export interface Malformed {
  id: number;
  flags: number;
  rcode: Rcode;
}

const QR = 0x8000;
const OPCODE = 0x7800;
const AA = 0x0400;
const TC = 0x0200;
const RD = 0x0100;

/**
 * Reads a query. @returns undefined for what must not be answered: responses (two servers could answer each other for
 * ever), and what is too short to have a header.
 */
export function readQuery(message: Buffer): Query | Malformed | undefined {
  if (message.length < HEADER) return undefined;
  const [id, flags] = [message.readUInt16BE(0), message.readUInt16BE(2)];
  if (flags & QR) return undefined;
  if (flags & OPCODE) return { id, flags, rcode: "NOTIMP" };
  const malformed: Malformed = { id, flags, rcode: "FORMERR" };
  if (message.readUInt16BE(4) !== 1 || message.readUInt16BE(6) !== 0) return malformed;
  let at = HEADER;
  for (;;) {
    const length = message[at];
    // A compression pointer cannot point anywhere in the first name.
    if (length === undefined || length > 63 || at - HEADER > 254) return malformed;
    at += length + 1;
    if (length === 0) break;
  }
  if (at + 4 > message.length) return malformed;
  const asked = message.toString("latin1", HEADER, at - 1);
  const query: Query = { id, flags, end: at + 4, asked, name: lower(asked), type: message.readUInt16BE(at), class: message.readUInt16BE(at + 2) };
  const extra = message.readUInt16BE(8) + message.readUInt16BE(10);
  return extra === 0 ? query : readExtra(message, query, extra) ? query : malformed;
}

/** Looks for the OPT record. @returns false where the message is malformed */
function readExtra(message: Buffer, query: Query, count: number): boolean {
  let at = query.end;
  for (let index = 0; index < count; index++) {
    const start = at;
    for (let length = message[at]; length !== 0; length = message[at]) {
      if (length === undefined) return false;
      if (length >= 0xc0) {
        at++;
        break;
      }
      if (length > 63) return false;
      at += length + 1;
    }
    at++;
    if (at + 10 > message.length) return false;
    const dataEnd = at + 10 + message.readUInt16BE(at + 8);
    if (dataEnd > message.length) return false;
    if (message.readUInt16BE(at) === TYPES["OPT"]) {
      // Its name must be the root, and there may be only one (RFC 6891 section 6.1).
      if (at - start !== 1 || query.edns) return false;
      const subnet = readSubnet(message.subarray(at + 10, dataEnd));
      if (subnet === false) return false;
      query.edns = {
        size: message.readUInt16BE(at + 2),
        version: message[at + 5]!,
        dnssecOk: (message[at + 6]! & 0x80) !== 0,
        ...(subnet ? { subnet } : {}),
      };
    }
    at = dataEnd;
  }
  return true;
}

const CLIENT_SUBNET = 8;

/** The client subnet among the options; false where the options are malformed (RFC 7871 section 7.1.2: FORMERR). */
function readSubnet(options: Buffer): Edns["subnet"] | false {
  let found: Edns["subnet"];
  let at = 0;
  while (at < options.length) {
    if (at + 4 > options.length) return false;
    const [code, length] = [options.readUInt16BE(at), options.readUInt16BE(at + 2)];
    const data = options.subarray(at + 4, at + 4 + length);
    if (data.length !== length) return false;
    if (code === CLIENT_SUBNET) {
      if (length < 4) return false;
      const [family, prefix, scope] = [data.readUInt16BE(0), data[2]!, data[3]!];
      const size = family === 1 ? 4 : family === 2 ? 16 : 0;
      if (size === 0 || scope !== 0 || prefix > size * 8 || length - 4 !== Math.ceil(prefix / 8)) return false;
      const spare = prefix % 8;
      if (spare !== 0 && (data[length - 1]! & (0xff >> spare)) !== 0) return false;
      const address = Buffer.alloc(size);
      data.copy(address, 0, 4);
      found = { data, text: `${ipaddr.fromByteArray([...address]).toString()}/${prefix}` };
    }
    at += 4 + length;
  }
  return found;
}

/** The sections after the question, as bytes; they are the same for everybody who asks for the same name and type. */
export interface Body {
  rcode: Rcode;
  authoritative: boolean;
  counts: [answers: number, authorities: number, additionals: number];
  bytes: Buffer;
}

/** Writes the sections for a question of `name`. Names are compressed, against the question's too, so that its case comes back. */
export function writeBody(name: string, resolution: Resolution): Body {
  const writer = new BodyWriter(name);
  const sections = [resolution.answers, resolution.authorities, resolution.additionals];
  for (const section of sections) for (const answer of section) writer.record(answer);
  return {
    rcode: resolution.rcode,
    authoritative: resolution.authoritative,
    counts: [sections[0]!.length, sections[1]!.length, sections[2]!.length],
    bytes: writer.bytes(),
  };
}

class BodyWriter {
  private readonly parts: Buffer[] = [];
  /** Where a name can be pointed to. */
  private readonly offsets = new Map<string, number>();
  private at: number;

  constructor(question: string) {
    for (let name = question, at = HEADER; name !== ""; at += name.charCodeAt(0) + 1, name = parent(name)) this.offsets.set(name, at);
    this.at = HEADER + question.length + 5;
  }

  record(answer: Answer): void {
    this.name(answer.name);
    const head = Buffer.alloc(10);
    head.writeUInt16BE(answer.type, 0);
    head.writeUInt16BE(1, 2);
    head.writeUInt32BE(answer.ttl, 4);
    this.push(head);
    const start = this.at;
    for (const part of answer.data) {
      if (Buffer.isBuffer(part)) this.push(part);
      else this.name(part.name);
    }
    head.writeUInt16BE(this.at - start, 8);
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  private name(name: string): void {
    for (let rest = name; rest !== ""; rest = parent(rest)) {
      const key = lower(rest);
      const offset = this.offsets.get(key);
      if (offset !== undefined) {
        const pointer = Buffer.alloc(2);
        pointer.writeUInt16BE(0xc000 | offset);
        this.push(pointer);
        return;
      }
      if (this.at < 0x4000) this.offsets.set(key, this.at);
      this.push(Buffer.from(rest.slice(0, rest.charCodeAt(0) + 1), "latin1"));
    }
    this.push(Buffer.from([0]));
  }

  private push(part: Buffer): void {
    this.parts.push(part);
    this.at += part.length;
  }
}

/** A whole answer: header, the question as it came, the body, and OPT where the query had one. */
export function writeAnswer(message: Buffer, query: Query, body: Body, protocol: "UDP" | "TCP"): Buffer {
  const { edns } = query;
  const option = edns?.subnet ? 4 + edns.subnet.data.length : 0;
  const optSize = edns ? 11 + option : 0;
  const limit = protocol === "TCP" ? MAX_MESSAGE : Math.min(Math.max(edns?.size ?? 0, 512), UDP_SIZE);
  const truncated = query.end + body.bytes.length + optSize > limit;
  const bodySize = truncated ? 0 : body.bytes.length;
  const answer = Buffer.allocUnsafe(query.end + bodySize + optSize);
  message.copy(answer, 0, 0, query.end);
  const rcode = RCODES[body.rcode];
  answer.writeUInt16BE(QR | (query.flags & RD) | (body.authoritative ? AA : 0) | (truncated ? TC : 0) | (rcode & 0xf), 2);
  answer.writeUInt16BE(1, 4);
  answer.writeUInt16BE(truncated ? 0 : body.counts[0], 6);
  answer.writeUInt16BE(truncated ? 0 : body.counts[1], 8);
  answer.writeUInt16BE((truncated ? 0 : body.counts[2]) + (edns ? 1 : 0), 10);
  if (!truncated) body.bytes.copy(answer, query.end);
  if (edns) writeOpt(answer, query.end + bodySize, edns, rcode);
  return answer;
}

function writeOpt(answer: Buffer, start: number, edns: Edns, rcode: number): void {
  answer[start] = 0;
  answer.writeUInt16BE(TYPES["OPT"]!, start + 1);
  answer.writeUInt16BE(UDP_SIZE, start + 3);
  answer[start + 5] = rcode >> 4;
  answer[start + 6] = 0;
  answer.writeUInt16BE(edns.dnssecOk ? 0x8000 : 0, start + 7);
  const subnet = edns.subnet?.data;
  answer.writeUInt16BE(subnet ? 4 + subnet.length : 0, start + 9);
  if (!subnet) return;
  answer.writeUInt16BE(CLIENT_SUBNET, start + 11);
  answer.writeUInt16BE(subnet.length, start + 13);
  // The same family, prefix and address come back, with a scope of 0: the answer is the same for every network.
  subnet.copy(answer, start + 15);
}

/** The header alone, for what could not be read. */
export function writeError(malformed: Malformed): Buffer {
  const answer = Buffer.alloc(HEADER);
  answer.writeUInt16BE(malformed.id, 0);
  answer.writeUInt16BE(QR | (malformed.flags & (OPCODE | RD)) | RCODES[malformed.rcode], 2);
  return answer;
}
