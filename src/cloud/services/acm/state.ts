import type { CertificateOptions, CertificateType, FailureReason, KeyAlgorithm, ResourceRecord } from "@aws-sdk/client-acm";
import { parseArn, type Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** One name of a certificate, and the record that proves whose it is. */
export interface Validation {
  domain: string;
  record: ResourceRecord;
  done: boolean;
}

/** Times are milliseconds since the epoch. */
export interface CertificateRow {
  arn: string;
  type: Extract<CertificateType, "AMAZON_ISSUED" | "IMPORTED">;
  status: "PENDING_VALIDATION" | "ISSUED" | "VALIDATION_TIMED_OUT" | "FAILED";
  failureReason?: FailureReason;
  domainName: string;
  /** All names; the first is `domainName`. */
  names: string[];
  validations: Validation[];
  keyAlgorithm: KeyAlgorithm;
  options: CertificateOptions;
  createdAt: number;
  issuedAt?: number;
  importedAt?: number;
  /** PEM. The private key is in a file of its own (engine/key-files.ts). */
  certificate?: string;
  chain?: string;
  idempotencyToken?: string;
  tags: Record<string, string>;
}

/** By ARN. */
export const certificates = (store: Store, scope: Scope): Table<CertificateRow> => store.table("acm.certificates", scope);

/** The certificate of that ARN, wherever it is. */
export function certificateByArn(store: Store, arn: string): CertificateRow | undefined {
  const parts = parseArn(arn);
  return parts?.service === "acm" ? certificates(store, { account: parts.account, region: parts.region }).get(arn) : undefined;
}
