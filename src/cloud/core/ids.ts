import { randomBytes } from "node:crypto";

/** Where identifiers and random numbers come from. Injected, so that a test can have the same ones every time. */
export interface Ids {
  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string;
  /** A UUID, version 4 in shape. */
  uuid(): string;
  /** `length` characters of `A-Z0-9`, as in access keys, hosted zone and role identifiers. */
  upper(length: number): string;
  /** A number from 0 to below 1. */
  fraction(): number;
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function fromBytes(bytes: (n: number) => Uint8Array): Ids {
  const hex = (length: number): string =>
    Buffer.from(bytes(Math.ceil(length / 2)))
      .toString("hex")
      .slice(0, length);
  return {
    hex,
    uuid: () => {
      const h = hex(32);
      return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
    },
    upper: (length) => Array.from(bytes(length), (b) => UPPER[b % UPPER.length]).join(""),
    fraction: () => Buffer.from(bytes(6)).readUIntBE(0, 6) / 2 ** 48,
  };
}

/** Identifiers nobody can guess. The random bytes are fetched some thousand at a time: each fetch is a call into the system. */
export function randomIds(): Ids {
  let pool = Buffer.alloc(0);
  return fromBytes((n) => {
    if (pool.length < n) pool = randomBytes(Math.max(n, 8192));
    const taken = pool.subarray(0, n);
    pool = pool.subarray(n);
    return taken;
  });
}

/** The same identifiers for the same seed (xorshift32; not for secrets). */
export function seededIds(seed = 1): Ids {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  };
  return fromBytes((n) => Uint8Array.from({ length: n }, next));
}
