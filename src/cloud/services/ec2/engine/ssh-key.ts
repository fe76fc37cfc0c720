import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import { promisify } from "node:util";

export interface MadeKey {
  /** What `CreateKeyPair` answers as KeyMaterial: PKCS#1 for RSA, OpenSSH's own format for ED25519. */
  privateKey: string;
  /** In OpenSSH's format, without a comment. */
  publicKey: string;
  fingerprint: string;
}

const generate = promisify(generateKeyPair) as unknown as (type: string, options: object) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

/** A length and its bytes, as SSH writes them (RFC 4251, section 5). */
function field(bytes: Uint8Array | string): Buffer {
  const data = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

/** A positive number, with a zero in front where its first bit is set. */
const mpint = (bytes: Buffer): Buffer => field(bytes[0]! >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);

function publicBlob(key: KeyObject): Buffer {
  const jwk = key.export({ format: "jwk" }) as { n?: string; e?: string; x?: string };
  if (jwk.x) return Buffer.concat([field("ssh-ed25519"), field(Buffer.from(jwk.x, "base64url"))]);
  return Buffer.concat([field("ssh-rsa"), mpint(Buffer.from(jwk.e!, "base64url")), mpint(Buffer.from(jwk.n!, "base64url"))]);
}

const colons = (hex: string): string => hex.match(/../g)!.join(":");

/** Makes a key pair. Fingerprints as in EC2 User Guide, "Verify the fingerprint of your key pair". */
export async function makeKey(type: "rsa" | "ed25519"): Promise<MadeKey> {
  const pair = await generate(type, type === "rsa" ? { modulusLength: 2048 } : {});
  const blob = publicBlob(pair.publicKey);
  const publicKey = `${type === "rsa" ? "ssh-rsa" : "ssh-ed25519"} ${blob.toString("base64")}`;
  if (type === "rsa") {
    const privateKey = String(pair.privateKey.export({ type: "pkcs1", format: "pem" })).trimEnd();
    const der = pair.privateKey.export({ type: "pkcs8", format: "der" });
    return { privateKey, publicKey, fingerprint: colons(createHash("sha1").update(der).digest("hex")) };
  }
  return { privateKey: opensshPrivateKey(pair.privateKey, blob), publicKey, fingerprint: sha256Fingerprint(blob) };
}

const sha256Fingerprint = (blob: Buffer): string => createHash("sha256").update(blob).digest("base64");

/** An unencrypted private key as `ssh-keygen` writes it (OpenSSH, PROTOCOL.key). */
function opensshPrivateKey(key: KeyObject, blob: Buffer): string {
  const jwk = key.export({ format: "jwk" }) as { x: string; d: string };
  const [pub, seed] = [Buffer.from(jwk.x, "base64url"), Buffer.from(jwk.d, "base64url")];
  const check = randomBytes(4);
  const one = Buffer.from([0, 0, 0, 1]);
  let secret = Buffer.concat([check, check, field("ssh-ed25519"), field(pub), field(Buffer.concat([seed, pub])), field("")]);
  const padding = (8 - (secret.length % 8)) % 8;
  secret = Buffer.concat([secret, Buffer.from(Array.from({ length: padding }, (_, i) => i + 1))]);
  const all = Buffer.concat([Buffer.from("openssh-key-v1\0"), field("none"), field("none"), field(""), one, field(blob), field(secret)]);
  const lines = all.toString("base64").match(/.{1,70}/g)!;
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----"].join("\n");
}

/** Reads a public key that is imported: a line of OpenSSH, or PEM (of the private key too). Undefined where it is none. */
export function readPublicKey(text: string): { type: "rsa" | "ed25519"; publicKey: string; fingerprint: string } | undefined {
  try {
    const line = /^(ssh-rsa|ssh-ed25519) ([A-Za-z0-9+/=]+)/.exec(text.trim());
    if (!line) {
      const blob = publicBlob(createPublicKey(text));
      const type = blob.toString("latin1", 4, 11) === "ssh-rsa" ? "rsa" : "ed25519";
      return described(type, blob);
    }
    const blob = Buffer.from(line[2]!, "base64");
    if (blob.toString("latin1", 4, 4 + line[1]!.length) !== line[1]) return undefined;
    return described(line[1] === "ssh-rsa" ? "rsa" : "ed25519", blob);
  } catch {
    return undefined;
  }
}

function described(type: "rsa" | "ed25519", blob: Buffer): ReturnType<typeof readPublicKey> {
  // EC2 shows the MD5 of an imported RSA key's DER, and OpenSSH's SHA-256 for ED25519 (same page).
  const fingerprint = type === "rsa" ? colons(createHash("md5").update(rsaDer(blob)).digest("hex")) : sha256Fingerprint(blob);
  return { type, publicKey: `${type === "rsa" ? "ssh-rsa" : "ssh-ed25519"} ${blob.toString("base64")}`, fingerprint };
}

function rsaDer(blob: Buffer): Buffer {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    const length = blob.readUInt32BE(at);
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const url = (bytes: Buffer): string => (bytes[0] === 0 ? bytes.subarray(1) : bytes).toString("base64url");
  const key = createPublicKey({ key: { kty: "RSA", e: url(fields[1]!), n: url(fields[2]!) }, format: "jwk" });
  return key.export({ type: "spki", format: "der" });
}
