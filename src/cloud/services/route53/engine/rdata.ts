import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { lower, NameError, toWire } from "../names.ts";

/** One record's data: bytes, and names that may be compressed when the message is written. */
export type RData = readonly (Buffer | { name: string })[];

/** A value that Route 53 would refuse; the text is what stands in its message. */
export class ValueError extends Error {
  constructor(problem: string, value: string) {
    super(`FATAL problem: ${problem} encountered with '${value}'`);
  }
}

/** The types of records that can be kept. */
export const SUPPORTED_TYPES = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SPF", "SRV", "TXT"] as const;
export type SupportedType = (typeof SUPPORTED_TYPES)[number];
export const isSupportedType = (type: string | undefined): type is SupportedType => (SUPPORTED_TYPES as readonly string[]).includes(type ?? "");

/**
 * A value in Route 53's presentation format (Developer Guide, "Supported DNS record types") as record data.
 * @throws ValueError | NameError with Route 53's words
 */
export function parseValue(type: SupportedType, value: string): RData {
  switch (type) {
    case "A":
      if (!isIPv4(value)) throw new ValueError("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)", value);
      return [Buffer.from(value.split(".").map(Number))];
    case "AAAA":
      if (!isIPv6(value) || value.includes("%")) throw new ValueError("AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)", value);
      return [Buffer.from(ipaddr.parse(value).toByteArray())];
    case "CNAME":
    case "NS":
    case "PTR":
      return [name(value)];
    case "MX": {
      const [preference, exchange] = fields("MX", value, 2);
      return [uint("MX", value, preference!, 2), name(exchange!)];
    }
    case "SRV": {
      const [priority, weight, port, target] = fields("SRV", value, 4);
      // The target is not compressed (RFC 2782).
      return [...[priority, weight, port].map((field) => uint("SRV", value, field!, 2)), Buffer.from(`${toWire(target!)}\0`, "latin1")];
    }
    case "CAA": {
      const [, flags, tag, quoted] = /^\s*(\d+)\s+([A-Za-z0-9]+)\s+(".*")\s*$/.exec(value) ?? [];
      if (!flags || !tag || !quoted) throw new ValueError("CAARRDATAInvalid (The CAA record must have flags, a tag and a quoted value)", value);
      // The value has no length byte of its own: it goes to the end of the data (RFC 8659).
      return [uint("CAA", value, flags, 1), Buffer.from([tag.length]), Buffer.from(tag, "latin1"), characterStrings(quoted)[0]!.subarray(1)];
    }
    case "TXT":
    case "SPF":
      return characterStrings(value);
    case "SOA": {
      const [mname, rname, ...numbers] = fields("SOA", value, 7);
      return [name(mname!), name(rname!), ...numbers.map((field) => uint("SOA", value, field, 4))];
    }
  }
}

const name = (value: string): { name: string } => {
  if (value.trim() === "") throw new NameError("DomainNameEmpty (Domain name is empty)", value);
  return { name: toWire(value.trim()) };
};

function fields(type: string, value: string, count: number): string[] {
  const found = value.trim().split(/\s+/);
  const words: Record<number, string> = { 2: "Two", 4: "Four", 7: "Seven" };
  if (found.length !== count) throw new ValueError(`${type}RRDATANot${words[count]}Fields (${type} record doesn't have ${count} fields)`, value);
  return found;
}

function uint(type: string, value: string, text: string, bytes: 1 | 2 | 4): Buffer {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number >= 2 ** (8 * bytes)) throw new ValueError(`${type}RRDATAInvalidNumber (Value is not a valid number)`, value);
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(number, 0, bytes);
  return buffer;
}

/** `"one" "two"` as character strings, each after its length byte; `\"`, `\\` and `\ooo` are escapes. */
function characterStrings(value: string): Buffer[] {
  const strings: Buffer[] = [];
  const finder = /\s*"((?:[^"\\]|\\.)*)"\s*/gy;
  let end = 0;
  for (const match of value.matchAll(finder)) {
    end = match.index + match[0].length;
    const text = match[1]!.replaceAll(/\\(?:([0-3][0-7]{2})|(.))/g, (_all, code?: string, char?: string) =>
      code ? String.fromCharCode(Number.parseInt(code, 8)) : char!,
    );
    const bytes = Buffer.from(text, "latin1");
    if (bytes.length > 255) throw new ValueError("CharacterStringTooLong (Value is too long)", value);
    strings.push(Buffer.concat([Buffer.from([bytes.length]), bytes]));
  }
  if (strings.length === 0 || end !== value.length) {
    throw new ValueError("InvalidCharacterString (Value should be enclosed in quotation marks)", value);
  }
  return strings;
}

/** The name that a CNAME points to, as a key. */
export const targetOf = (data: RData | undefined): string | undefined => {
  const first = data?.[0];
  return first && "name" in first ? lower(first.name) : undefined;
};
