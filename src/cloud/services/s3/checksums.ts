import { createHash } from "node:crypto";

/** Takes bytes, and says what they come to: base64 of the big-endian sum, as S3 has it. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

/** The algorithms by the names of `ChecksumAlgorithm` ("Checking object integrity", S3 User Guide). */
const ALGORITHMS: Record<string, () => Checksum> = {
  CRC32: () => crc32(CRC32),
  CRC32C: () => crc32(CRC32C),
  CRC64NVME: () => crc64(),
  SHA1: () => hash("sha1"),
  SHA256: () => hash("sha256"),
  SHA512: () => hash("sha512"),
  MD5: () => hash("md5"),
};

export const CHECKSUM_ALGORITHMS = Object.keys(ALGORITHMS);

/** Undefined for an algorithm that this cloud does not have (the XXHash ones). */
export const checksum = (algorithm: string): Checksum | undefined => ALGORITHMS[algorithm]?.();

/** The member that carries an algorithm's value, such as `ChecksumCRC32`. */
export const memberOf = (algorithm: string): string => `Checksum${algorithm}`;

function hash(name: string): Checksum {
  const inner = createHash(name);
  return { update: (bytes) => void inner.update(bytes), digest: () => inner.digest() };
}

/** Reflected polynomials: of IEEE 802.3 and of Castagnoli (RFC 3720, 12.1). */
const CRC32 = crc32Table(0xedb88320);
const CRC32C = crc32Table(0x82f63b78);

function crc32Table(polynomial: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
}

function crc32(table: Int32Array): Checksum {
  let state = -1;
  return {
    update(bytes) {
      let value = state;
      for (let i = 0; i < bytes.length; i++) value = (value >>> 8) ^ table[(value ^ bytes[i]!) & 0xff]!;
      state = value;
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeInt32BE(~state);
      return out;
    },
  };
}

/** CRC-64/NVME: reflected polynomial 0x9a6c9329ac4bc9b5 (NVM Express NVM Command Set Specification, 5.2.1.3.4). */
const CRC64 = crc64Tables(0x9a6c9329, 0xac4bc9b5);

function crc64Tables(polynomialHigh: number, polynomialLow: number): { high: Int32Array; low: Int32Array } {
  const high = new Int32Array(256);
  const low = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let [top, bottom] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const odd = bottom & 1;
      bottom = (bottom >>> 1) | (top << 31);
      top >>>= 1;
      if (odd) [top, bottom] = [top ^ polynomialHigh, bottom ^ polynomialLow];
    }
    high[byte] = top;
    low[byte] = bottom;
  }
  return { high, low };
}

/** In two halves of 32 bits: BigInt takes ten times as long. */
function crc64(): Checksum {
  let [high, low] = [-1, -1];
  return {
    update(bytes) {
      let [top, bottom] = [high, low];
      for (let i = 0; i < bytes.length; i++) {
        const index = (bottom ^ bytes[i]!) & 0xff;
        bottom = ((bottom >>> 8) | (top << 24)) ^ CRC64.low[index]!;
        top = (top >>> 8) ^ CRC64.high[index]!;
      }
      [high, low] = [top, bottom];
    },
    digest() {
      const out = Buffer.alloc(8);
      out.writeInt32BE(~high, 0);
      out.writeInt32BE(~low, 4);
      return out;
    },
  };
}
