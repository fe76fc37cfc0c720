import type { Access } from "../../core/service.ts";

const onCertificate =
  (operation: string): Access =>
  (input: { CertificateArn?: string }, call) => [
    // A certificate that is not there yet has no ARN: ImportCertificate names any.
    { action: `acm:${operation}`, resources: [input.CertificateArn ?? `arn:aws:acm:${call.region}:${call.account}:certificate/*`] },
  ];

const ON_CERTIFICATES =
  "AddTagsToCertificate DeleteCertificate DescribeCertificate GetCertificate ImportCertificate ListTagsForCertificate RemoveTagsFromCertificate UpdateCertificateOptions";

// Service Authorization Reference, "Actions, resources, and condition keys for AWS Certificate Manager". RequestCertificate and
// ListCertificates have no resource types there.
export const access: Record<string, Access> = Object.fromEntries(
  ON_CERTIFICATES.split(" ").map((operation) => [operation, onCertificate(operation)]),
);
