import type { RequestCertificateRequest, RequestCertificateResponse } from "@aws-sdk/client-acm";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { arn as arnOf } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { canIssue } from "../engine/authority.ts";
import { validationRecord } from "../engine/records.ts";
import type { AcmParts } from "../index.ts";
import { certificates, type CertificateRow } from "../state.ts";
import { invalid, tagRecord } from "./input.ts";

/** botocore: DomainNameString. */
const DOMAIN = /^(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])$/;
/** "with the same idempotency token within one hour, ACM recognizes that you are requesting only one certificate" (RequestCertificate). */
const TOKEN_MS = 3_600_000;

/** Asks for a certificate. It is issued when the records that DescribeCertificate tells are in a hosted zone of this cloud. */
export function RequestCertificate(
  deps: Pick<AcmParts, "store" | "clock" | "ids" | "issuer">,
  input: RequestCertificateRequest,
  call: Call,
): RequestCertificateResponse {
  check(input);
  const table = certificates(deps.store, call);
  const domainName = input.DomainName!.toLowerCase();
  const names = [...new Set([domainName, ...(input.SubjectAlternativeNames ?? []).map((name) => name.toLowerCase())])];
  const now = deps.clock.now();
  const same = table.find(
    (row) => input.IdempotencyToken !== undefined && row.idempotencyToken === input.IdempotencyToken && now - row.createdAt < TOKEN_MS,
  );
  if (same) return { CertificateArn: same.arn };
  const row: CertificateRow = {
    arn: arnOf("acm", call, `certificate/${deps.ids.uuid()}`),
    type: "AMAZON_ISSUED",
    status: "PENDING_VALIDATION",
    domainName,
    names,
    validations: names.map((domain) => ({ domain, record: validationRecord(call.account, domain), done: false })),
    keyAlgorithm: input.KeyAlgorithm ?? "RSA_2048",
    options: { CertificateTransparencyLoggingPreference: input.Options?.CertificateTransparencyLoggingPreference ?? "ENABLED" },
    createdAt: now,
    ...(input.IdempotencyToken === undefined ? {} : { idempotencyToken: input.IdempotencyToken }),
    tags: tagRecord(input.Tags),
  };
  table.set(row.arn, row);
  deps.issuer.watch(row.arn);
  return { CertificateArn: row.arn };
}

function check(input: RequestCertificateRequest): void {
  // The default is EMAIL where nothing is said (API Reference).
  const method = input.ValidationMethod ?? "EMAIL";
  if (input.CertificateAuthorityArn !== undefined) throw new NotSupported("acm", "RequestCertificate", "certificates of a private CA");
  if (method !== "DNS") throw new NotSupported("acm", "RequestCertificate", `validation by ${method}`);
  if (input.ManagedBy !== undefined) throw new NotSupported("acm", "RequestCertificate", "ManagedBy");
  if (input.Options?.Export === "ENABLED") throw new NotSupported("acm", "RequestCertificate", "exportable certificates");
  if (input.DomainValidationOptions?.length) {
    throw new AwsError("InvalidDomainValidationOptionsException", "DomainValidationOptions cannot be specified with the DNS validation method.");
  }
  if (input.KeyAlgorithm !== undefined && !canIssue(input.KeyAlgorithm)) {
    throw new NotSupported("acm", "RequestCertificate", `keys of the algorithm ${input.KeyAlgorithm}`);
  }
  for (const name of [input.DomainName!, ...(input.SubjectAlternativeNames ?? [])]) {
    if (!DOMAIN.test(name) || name.length > 253)
      throw invalid(
        `1 validation error detected: Value '${name}' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${DOMAIN.source}`,
      );
  }
  // botocore: DomainList.
  if ((input.SubjectAlternativeNames?.length ?? 0) > 100) throw invalid("A certificate can have at most 100 alternative names.");
}
