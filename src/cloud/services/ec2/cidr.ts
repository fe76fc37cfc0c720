/** IPv4 ranges as numbers. */
export interface Cidr {
  /** The first address. */
  base: number;
  bits: number;
  /** How many addresses. */
  size: number;
}

export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export const formatIpv4 = (address: number): string => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** A range, or undefined where `text` is none. The base is brought to the range's start. */
export function parseCidr(text: string): Cidr | undefined {
  const [address, prefix] = text.split("/");
  const value = parseIpv4(address ?? "");
  if (value === undefined || prefix === undefined || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return undefined;
  const bits = Number(prefix);
  const size = 2 ** (32 - bits);
  return { base: Math.floor(value / size) * size, bits, size };
}

export const formatCidr = ({ base, bits }: Cidr): string => `${formatIpv4(base)}/${bits}`;

export const within = (inner: Cidr, outer: Cidr): boolean => inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size;

export const overlap = (a: Cidr, b: Cidr): boolean => a.base < b.base + b.size && b.base < a.base + a.size;
