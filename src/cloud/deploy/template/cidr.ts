import { templateError } from "./parse.ts";

/**
 * Fn::Cidr: `count` blocks of `bits` host bits each, from the start of an IPv4 or IPv6 block
 * ("Fn::Cidr", CloudFormation User Guide: count 1 to 256, cidrBits the inverse of the mask).
 */
export function cidrBlocks(block: string, count: number, bits: number | undefined): string[] {
  const [address, maskText] = block.split("/");
  const v6 = block.includes(":");
  const width = v6 ? 128 : 32;
  const mask = Number(maskText);
  const hostBits = bits ?? (v6 ? 64 : 8);
  if (!address || !Number.isInteger(mask) || mask < 0 || mask > width) throw templateError(`Template error: Fn::Cidr: invalid CIDR block ${block}`);
  if (!Number.isInteger(count) || count < 1 || count > 256) throw templateError("Template error: Fn::Cidr: count must be between 1 and 256");
  const start = v6 ? parseV6(address) : parseV4(address);
  const size = 1n << BigInt(hostBits);
  const room = (1n << BigInt(width - mask)) / size;
  if (BigInt(count) > room) throw templateError(`Template error: Fn::Cidr: ${block} does not hold ${count} blocks of ${hostBits} host bits`);
  const base = (start >> BigInt(width - mask)) << BigInt(width - mask);
  return Array.from({ length: count }, (_, index) => {
    const at = base + BigInt(index) * size;
    return `${v6 ? formatV6(at) : formatV4(at)}/${width - hostBits}`;
  });
}

function parseV4(text: string): bigint {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    throw templateError(`Template error: Fn::Cidr: invalid address ${text}`);
  return parts.reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
}

const formatV4 = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");

function parseV6(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const left = head ? head.split(":") : [];
  const right = tail ? tail.split(":") : [];
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...middle, ...right].reduce((sum, part) => (sum << 16n) + BigInt(`0x${part || "0"}`), 0n);
}

function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(16 * (7 - index))) & 0xffffn).toString(16));
  return groups.join(":").replace(/(^|:)0(:0)+(:|$)/, "::");
}
