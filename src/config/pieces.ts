import ipaddr from "ipaddr.js";
import { z } from "zod";
import { type Meaning, ok, refuse, text } from "./values.ts";

/** One non-empty line of text, of a certain shape where there is a pattern. */
export function line(meaning: Meaning) {
  const shape = meaning.pattern === undefined ? undefined : new RegExp(meaning.pattern);
  return text((input) => {
    if (input.trim() === "") return refuse("it is empty");
    if (shape && !shape.test(input)) return refuse(`"${input}" is not valid here`, guessCase(input, shape));
    return ok(input);
  }, meaning);
}

function guessCase(input: string, shape: RegExp): string | undefined {
  const tries = [
    input.trim(),
    input.trim().toLowerCase(),
    input.trim().toUpperCase(),
    input
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-"),
    `/${input}`,
  ];
  return tries.find((guess) => guess !== input && shape.test(guess));
}

/** A key of a map that users name themselves. */
export function setting(what: string, pattern: string, allowed: string) {
  return z
    .string()
    .regex(new RegExp(pattern, "u"), { error: (issue) => `"${String(issue.input)}" is not a valid name of a ${what}` })
    .meta({ allowed });
}

export function flag(description: string) {
  return z.boolean().meta({ description, allowed: "true or false" });
}

/** A whole number. */
export function count(of: { min: number; max: number; description: string }) {
  return z
    .int()
    .min(of.min)
    .max(of.max)
    .meta({ description: of.description, allowed: `a whole number, ${of.min} to ${of.max}` });
}

export function numberOf(of: { min: number; description: string }) {
  return z
    .number()
    .min(of.min)
    .meta({ description: of.description, allowed: `a number, ${of.min} or more` });
}

export function list<T extends z.ZodType>(item: T, of: { description: string; allowed: string; min?: number }) {
  const items = z.array(item);
  return (of.min === undefined ? items : items.min(of.min)).meta({ description: of.description, allowed: of.allowed });
}

/** An address range. The bits after the prefix must be zero, as EC2 wants them. */
export function cidr(description: string, only: { ipv4?: boolean; prefix?: [number, number] } = {}) {
  return text(
    (input) => {
      const range = parseCidr(input);
      if (!range) return refuse(`"${input}" is not an address range`, guessCidr(input));
      if (only.ipv4 && range.kind !== "ipv4") return refuse(`"${input}" is not an IPv4 range`);
      if (only.prefix && (range.prefix < only.prefix[0] || range.prefix > only.prefix[1])) {
        return refuse(`a network of this kind has a prefix of /${only.prefix[0]} to /${only.prefix[1]}, not /${range.prefix}`);
      }
      return range.network === input.toLowerCase() ? ok(range.network) : refuse(`"${input}" has bits set after its prefix`, range.network);
    },
    { description, allowed: `an address range (CIDR) such as ${only.ipv4 ? "10.0.0.0/16" : "203.0.113.0/24 or 2001:db8::/32"}` },
  );
}

function parseCidr(input: string): { kind: string; prefix: number; network: string } | undefined {
  // ipaddr.js reads 010.0.0.0/8 as octal and 10/8 as 0.0.0.10/8; neither is what somebody means.
  if (!input.includes(":") && !ipaddr.IPv4.isValidCIDRFourPartDecimal(input)) return undefined;
  if (input.includes("%") || !ipaddr.isValidCIDR(input)) return undefined;
  const [address, prefix] = ipaddr.parseCIDR(input);
  const kind = address.kind();
  const network = kind === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(input) : ipaddr.IPv6.networkAddressFromCIDR(input);
  return { kind, prefix, network: `${network.toString()}/${prefix}` };
}

function guessCidr(input: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(input)) return `${input}/32`;
  if (input.includes(":") && ipaddr.IPv6.isValid(input)) return `${input}/128`;
  const match = /^(\d+\.\d+\.\d+\.\d+)[/\\]+(\d+)$/.exec(input.trim());
  return match && ipaddr.IPv4.isValidFourPartDecimal(match[1]!) && Number(match[2]) > 32 ? `${match[1]}/32` : undefined;
}

/** A list of words: a command. */
export const words = (description: string) =>
  list(z.string().meta({ description: "One word.", allowed: "text" }), {
    description,
    allowed: 'a list of words, such as ["node", "server.mjs"]',
    min: 1,
  });
