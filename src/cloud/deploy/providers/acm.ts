import { gone, pick, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "acm";

interface Detail {
  Status: string;
  FailureReason?: string;
  DomainValidationOptions?: { DomainName: string; ResourceRecord?: { Name: string; Type: string; Value: string } }[];
}

const describe = async (context: ResourceContext, CertificateArn: string): Promise<Detail> =>
  (await context.call(SERVICE, "DescribeCertificate", { CertificateArn })).Certificate as Detail;

/**
 * "The HostedZoneId option … causes ACM to add your CNAME to the domain record" (AWS::CertificateManager::Certificate
 * DomainValidationOption). The records stay when the certificate is deleted.
 */
async function writeRecords(context: ResourceContext, arn: string, options: Properties[]): Promise<void> {
  const { DomainValidationOptions = [] } = await describe(context, arn);
  for (const { DomainName, HostedZoneId } of options as { DomainName: string; HostedZoneId?: string }[]) {
    const record = DomainValidationOptions.find((one) => one.DomainName === DomainName.toLowerCase())?.ResourceRecord;
    if (HostedZoneId === undefined || record === undefined) continue;
    const { Name, Type, Value } = record;
    const Changes = [{ Action: "UPSERT", ResourceRecordSet: { Name, Type, TTL: 300, ResourceRecords: [{ Value }] } }];
    await context.call("route53", "ChangeResourceRecordSets", { HostedZoneId, ChangeBatch: { Changes } });
  }
}

/** "the stack will remain in the CREATE_IN_PROGRESS state" until somebody writes the record, where no zone is named. */
const issued = (context: ResourceContext, arn: string): Promise<true> =>
  context.until(
    `the validation of ${arn}`,
    async () => {
      const { Status, FailureReason } = await describe(context, arn);
      if (Status === "PENDING_VALIDATION") return undefined;
      if (Status !== "ISSUED") throw new Error(`The certificate ${arn} is ${Status}${FailureReason ? `: ${FailureReason}` : ""}`);
      return true as const;
    },
    { limitMs: 73 * 3_600_000 },
  );

const certificate: ResourceProvider = {
  type: "AWS::CertificateManager::Certificate",
  properties: properties({
    replace: "DomainName DomainValidationOptions KeyAlgorithm SubjectAlternativeNames ValidationMethod",
    update: "CertificateTransparencyLoggingPreference Tags",
  }),
  required: ["DomainName"],
  tags: { property: "Tags", form: "list" },
  async create(context, props) {
    const transparency = props["CertificateTransparencyLoggingPreference"] as string | undefined;
    const { CertificateArn } = await context.call(SERVICE, "RequestCertificate", {
      ...pick(props, ["DomainName", "KeyAlgorithm", "SubjectAlternativeNames", "Tags", "ValidationMethod"]),
      ...(transparency === undefined ? {} : { Options: { CertificateTransparencyLoggingPreference: transparency } }),
    });
    return finishing({ physicalId: CertificateArn, attributes: {} }, async () => {
      await writeRecords(context, CertificateArn, (props["DomainValidationOptions"] as Properties[] | undefined) ?? []);
      await issued(context, CertificateArn);
    });
  },
  async update(context, props, existing, changed) {
    const CertificateArn = existing.physicalId;
    if (changed.includes("CertificateTransparencyLoggingPreference")) {
      const CertificateTransparencyLoggingPreference = (props["CertificateTransparencyLoggingPreference"] as string | undefined) ?? "ENABLED";
      await context.call(SERVICE, "UpdateCertificateOptions", { CertificateArn, Options: { CertificateTransparencyLoggingPreference } });
    }
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(SERVICE, "RemoveTagsFromCertificate", { CertificateArn, Tags: remove.map((Key) => ({ Key })) });
    if (set.length > 0) await context.call(SERVICE, "AddTagsToCertificate", { CertificateArn, Tags: set });
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteCertificate", { CertificateArn: existing.physicalId })),
};

export const acmProviders: ResourceProvider[] = [certificate];
