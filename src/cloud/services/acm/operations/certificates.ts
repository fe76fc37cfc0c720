import type {
  DeleteCertificateRequest,
  GetCertificateRequest,
  GetCertificateResponse,
  ListCertificatesRequest,
  ListCertificatesResponse,
  UpdateCertificateOptionsRequest,
} from "@aws-sdk/client-acm";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { usersOf } from "../engine/users.ts";
import type { AcmParts } from "../index.ts";
import { certificates } from "../state.ts";
import { certificateOf, invalid } from "./input.ts";

/** "Default filtering returns only RSA_1024 and RSA_2048 certificates" (API Reference, Filters): others have to be asked for. */
const DEFAULT_KEY_TYPES = ["RSA_1024", "RSA_2048"];

export async function ListCertificates(
  { store, api }: Pick<AcmParts, "store" | "api">,
  input: ListCertificatesRequest,
  call: Call,
): Promise<ListCertificatesResponse> {
  const { keyTypes, keyUsage, extendedKeyUsage, exportOption, managedBy } = input.Includes ?? {};
  if (keyUsage || extendedKeyUsage || exportOption || managedBy) throw new NotSupported("acm", "ListCertificates", "filters other than keyTypes");
  const found = certificates(store, call)
    .filter((row) => !input.CertificateStatuses?.length || input.CertificateStatuses.includes(row.status))
    .filter((row) => (keyTypes?.length ? keyTypes : DEFAULT_KEY_TYPES).includes(row.keyAlgorithm))
    .sort((a, b) => (input.SortOrder === "ASCENDING" ? a.createdAt - b.createdAt : b.createdAt - a.createdAt));
  const start = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isInteger(start)) throw invalid("The NextToken is not valid.");
  const shown = found.slice(start, start + (input.MaxItems ?? 1000));
  const summaries = shown.map(async (row) => ({
    CertificateArn: row.arn,
    DomainName: row.domainName,
    SubjectAlternativeNameSummaries: row.names,
    HasAdditionalSubjectAlternativeNames: false,
    Status: row.status,
    Type: row.type,
    KeyAlgorithm: row.keyAlgorithm,
    InUse: (await usersOf(api, call, row.arn)).length > 0,
    RenewalEligibility: row.type === "AMAZON_ISSUED" && row.status === "ISSUED" ? ("ELIGIBLE" as const) : ("INELIGIBLE" as const),
    CreatedAt: new Date(row.createdAt),
    IssuedAt: row.issuedAt === undefined ? undefined : new Date(row.issuedAt),
    ImportedAt: row.importedAt === undefined ? undefined : new Date(row.importedAt),
  }));
  const end = start + shown.length;
  return { CertificateSummaryList: await Promise.all(summaries), NextToken: end < found.length ? String(end) : undefined };
}

export function GetCertificate({ store }: Pick<AcmParts, "store">, input: GetCertificateRequest, call: Call): GetCertificateResponse {
  const row = certificateOf(store, call, input.CertificateArn);
  if (row.certificate === undefined) throw new AwsError("RequestInProgressException", `The certificate ${row.arn} is not issued.`);
  return { Certificate: row.certificate, CertificateChain: row.chain };
}

/** "You cannot delete an ACM certificate that is being used by another Amazon Web Services service" (DeleteCertificate). */
export async function DeleteCertificate(
  { store, api, keys, issuer }: Pick<AcmParts, "store" | "api" | "keys" | "issuer">,
  input: DeleteCertificateRequest,
  call: Call,
): Promise<void> {
  const { arn } = certificateOf(store, call, input.CertificateArn);
  const users = await usersOf(api, call, arn);
  if (users.length > 0) throw new AwsError("ResourceInUseException", `Certificate ${arn} in account ${call.account} is in use.`);
  certificates(store, call).delete(arn);
  keys.delete(arn);
  issuer.tell(arn);
}

export function UpdateCertificateOptions({ store }: Pick<AcmParts, "store">, input: UpdateCertificateOptionsRequest, call: Call): void {
  const row = certificateOf(store, call, input.CertificateArn);
  if (input.Options?.Export === "ENABLED") throw new NotSupported("acm", "UpdateCertificateOptions", "exportable certificates");
  certificates(store, call).update(row.arn, { options: { ...row.options, ...input.Options } });
}
