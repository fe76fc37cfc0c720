import { X509Certificate } from "node:crypto";
import type { CertificateDetail, DescribeCertificateRequest, DescribeCertificateResponse } from "@aws-sdk/client-acm";
import type { Call } from "../../../core/service.ts";
import { usersOf } from "../engine/users.ts";
import type { AcmParts } from "../index.ts";
import type { CertificateRow } from "../state.ts";
import { certificateOf } from "./input.ts";

export async function DescribeCertificate(
  { store, api }: Pick<AcmParts, "store" | "api">,
  input: DescribeCertificateRequest,
  call: Call,
): Promise<DescribeCertificateResponse> {
  const row = certificateOf(store, call, input.CertificateArn);
  return { Certificate: { ...detail(row), InUseBy: await usersOf(api, call, row.arn) } };
}

const date = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));

function detail(row: CertificateRow): CertificateDetail {
  return {
    CertificateArn: row.arn,
    DomainName: row.domainName,
    SubjectAlternativeNames: row.names,
    Status: row.status,
    FailureReason: row.failureReason,
    Type: row.type,
    KeyAlgorithm: row.keyAlgorithm,
    CreatedAt: row.type === "IMPORTED" ? undefined : date(row.createdAt),
    IssuedAt: date(row.issuedAt),
    ImportedAt: date(row.importedAt),
    RenewalEligibility: row.type === "AMAZON_ISSUED" && row.status === "ISSUED" ? "ELIGIBLE" : "INELIGIBLE",
    Options: row.options,
    ...(row.type === "AMAZON_ISSUED" ? { DomainValidationOptions: validations(row) } : {}),
    ...dates(row),
  };
}

const validations = (row: CertificateRow): CertificateDetail["DomainValidationOptions"] =>
  row.validations.map(({ domain, record, done }) => ({
    DomainName: domain,
    ValidationDomain: domain,
    ValidationStatus: done ? "SUCCESS" : row.status === "PENDING_VALIDATION" ? "PENDING_VALIDATION" : "FAILED",
    ResourceRecord: record,
    ValidationMethod: "DNS",
  }));

/** What is read from the certificate itself. */
function dates({ certificate, keyAlgorithm }: CertificateRow): Partial<CertificateDetail> {
  if (certificate === undefined) return {};
  const parsed = new X509Certificate(certificate);
  return {
    Serial: parsed.serialNumber.toLowerCase().replace(/(..)(?=.)/g, "$1:"),
    Subject: parsed.subject.replaceAll("\n", ","),
    Issuer: /CN=([^\n]*)/.exec(parsed.issuer)?.[1] ?? parsed.issuer,
    NotBefore: new Date(parsed.validFrom),
    NotAfter: new Date(parsed.validTo),
    KeyUsages: [{ Name: "DIGITAL_SIGNATURE" }, ...(keyAlgorithm.startsWith("RSA") ? [{ Name: "KEY_ENCIPHERMENT" as const }] : [])],
    ExtendedKeyUsages: [{ Name: "TLS_WEB_SERVER_AUTHENTICATION", OID: "1.3.6.1.5.5.7.3.1" }],
  };
}
