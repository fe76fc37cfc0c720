import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import type { ImportCertificateRequest, ImportCertificateResponse, KeyAlgorithm } from "@aws-sdk/client-acm";
import { arn as arnOf } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { AcmParts } from "../index.ts";
import { certificates } from "../state.ts";
import { certificateOf, invalid, tagRecord } from "./input.ts";

/** Takes a certificate with its key, as a new one or in the place of one that was imported before. */
export function ImportCertificate(
  { store, clock, ids, keys, issuer }: Pick<AcmParts, "store" | "clock" | "ids" | "keys" | "issuer">,
  input: ImportCertificateRequest,
  call: Call,
): ImportCertificateResponse {
  const before = input.CertificateArn === undefined ? undefined : certificateOf(store, call, input.CertificateArn);
  if (before?.type === "AMAZON_ISSUED") throw invalid("The certificate was not imported, so that it cannot be reimported.");
  if (before && input.Tags?.length) throw invalid("Tagging is not permitted on re-import.");
  const pem = textOf(input.Certificate);
  const certificate = parsed("Certificate", () => new X509Certificate(pem));
  const key = parsed("PrivateKey", () => createPrivateKey(textOf(input.PrivateKey)));
  if (!certificate.checkPrivateKey(key)) throw invalid("The private key does not match the certificate.");
  const chain = input.CertificateChain === undefined ? undefined : textOf(input.CertificateChain);
  if (chain !== undefined) parsed("CertificateChain", () => new X509Certificate(chain));
  const domainName = /CN=([^\n]*)/.exec(certificate.subject)?.[1] ?? "";
  const names = [...(certificate.subjectAltName ?? "").matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!);
  const now = clock.now();
  const arn = before?.arn ?? arnOf("acm", call, `certificate/${ids.uuid()}`);
  keys.write(arn, key.export({ type: "pkcs8", format: "pem" }) as string);
  certificates(store, call).set(arn, {
    arn,
    type: "IMPORTED",
    status: "ISSUED",
    domainName: domainName || (names[0] ?? ""),
    names,
    validations: [],
    keyAlgorithm: algorithmOf(certificate.publicKey),
    options: { CertificateTransparencyLoggingPreference: "DISABLED" },
    createdAt: before?.createdAt ?? now,
    importedAt: now,
    certificate: pem,
    ...(chain === undefined ? {} : { chain }),
    tags: before?.tags ?? tagRecord(input.Tags),
  });
  issuer.tell(arn);
  return { CertificateArn: arn };
}

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("utf8");

function parsed<T>(member: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw invalid(`Could not parse the ${member}: it is not PEM-encoded.`);
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyAlgorithm {
  if (asymmetricKeyType === "rsa") return `RSA_${asymmetricKeyDetails?.modulusLength ?? 2048}` as KeyAlgorithm;
  if (asymmetricKeyType === "ec") return `EC_${asymmetricKeyDetails?.namedCurve ?? "prime256v1"}` as KeyAlgorithm;
  throw invalid(`Certificates with keys of the type ${asymmetricKeyType} cannot be imported.`);
}
