import { createPrivateKey, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KeyAlgorithm } from "@aws-sdk/client-acm";
import type * as X509Module from "@peculiar/x509";
import type { Ids } from "../../../core/ids.ts";
import { provideMetadata } from "./metadata.ts";

type X509 = typeof X509Module;

/** A certificate with its chain and its key, in PEM. */
export interface Issued {
  certificate: string;
  chain: string;
  key: string;
}

/**
 * The dates of every certificate. Clients look at the machine's clock, and this cloud's may be anywhere: a certificate that is
 * good for AWS's 198 days by the one can be out of date by the other.
 */
const NOT_BEFORE = new Date("2020-01-01T00:00:00Z");
const NOT_AFTER = new Date("2099-12-31T23:59:59Z");

const CA_ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const rsa = (modulusLength: number): webcrypto.RsaHashedKeyGenParams => ({
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
});

/** What WebCrypto calls the algorithms that ACM issues certificates for (API Reference, RequestCertificate, KeyAlgorithm). */
const ALGORITHMS: Partial<Record<KeyAlgorithm, webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams>> = {
  RSA_2048: rsa(2048),
  EC_prime256v1: { name: "ECDSA", namedCurve: "P-256" },
  EC_secp384r1: { name: "ECDSA", namedCurve: "P-384" },
};

export const canIssue = (algorithm: KeyAlgorithm): boolean => ALGORITHMS[algorithm] !== undefined;

/**
 * The local certificate authority. It is made when it is first needed, once for a data folder, and outlives a reset: who has told
 * a browser to trust it does not want to do so again.
 */
export class Authority {
  /** Of the CA's certificate, for `curl --cacert`. */
  readonly path: string;
  private readonly keyPath: string;
  private readonly folder: string;
  private readonly ids: Pick<Ids, "hex">;
  private loading: Promise<{ x509: X509; key: webcrypto.CryptoKey; pem: string; subject: string }> | undefined;

  constructor(folder: string, ids: Pick<Ids, "hex">) {
    this.folder = folder;
    this.path = join(folder, "ca.pem");
    this.keyPath = join(folder, "ca-key.pem");
    this.ids = ids;
  }

  /** Issues a certificate for these names; the first one is its subject. */
  async issue(names: readonly string[], algorithm: KeyAlgorithm): Promise<Issued> {
    const { x509, key, pem, subject } = await this.load();
    const keys = await webcrypto.subtle.generateKey(ALGORITHMS[algorithm]!, true, ["sign", "verify"]);
    const usages = algorithm.startsWith("RSA") ? x509.KeyUsageFlags.keyEncipherment : 0;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: this.serial(),
      // A common name has at most 64 characters (RFC 5280); clients read the alternative names.
      subject: names[0]!.length <= 64 ? [{ CN: [names[0]!] }] : [],
      issuer: subject,
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      signingAlgorithm: CA_ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: key,
      extensions: [
        new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
        new x509.BasicConstraintsExtension(false),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | usages, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(new x509.X509Certificate(pem)),
      ],
    });
    return { certificate: `${certificate.toString("pem")}\n`, chain: pem, key: await pemOf(keys.privateKey) };
  }

  private load(): NonNullable<Authority["loading"]> {
    this.loading ??= this.open();
    // A full disk is no reason to fail for ever.
    this.loading.catch(() => (this.loading = undefined));
    return this.loading;
  }

  private async open(): NonNullable<Authority["loading"]> {
    provideMetadata();
    // Loaded only where somebody needs a certificate.
    const x509 = await import("@peculiar/x509");
    if (!existsSync(this.path) || !existsSync(this.keyPath)) await this.create(x509);
    const pem = readFileSync(this.path, "utf8");
    const der = createPrivateKey(readFileSync(this.keyPath)).export({ type: "pkcs8", format: "der" });
    const key = await webcrypto.subtle.importKey("pkcs8", der, CA_ALGORITHM, false, ["sign"]);
    return { x509, key, pem, subject: new x509.X509Certificate(pem).subject };
  }

  private async create(x509: X509): Promise<void> {
    const keys = await webcrypto.subtle.generateKey(CA_ALGORITHM, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: this.serial(),
      name: [{ CN: ["Rouse local certificate authority"] }],
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      signingAlgorithm: CA_ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    mkdirSync(this.folder, { recursive: true });
    rmSync(this.keyPath, { force: true });
    writeFileSync(this.keyPath, await pemOf(keys.privateKey), { mode: 0o600 });
    writeFileSync(this.path, `${certificate.toString("pem")}\n`);
  }

  /** A positive number of 16 bytes (RFC 5280 allows 20). */
  private serial(): string {
    return `01${this.ids.hex(30)}`;
  }
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, type: "pkcs8", format: "der" }).export({ type: "pkcs8", format: "pem" }) as string;
}
