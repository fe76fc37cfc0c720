import { ArnFormat, aws_iam as iam, type Stack } from "aws-cdk-lib";
import { stateRecordName } from "../../functions/shared/names.ts";

/** What the reconcile function of a leaf does in the zone of its name: in it, nothing but its own two records. */
export function recordStatements(stack: Stack, { hostedZoneId, domain }: { hostedZoneId: string; domain: string }): iam.PolicyStatement[] {
  const zoneArn = stack.formatArn({
    service: "route53",
    region: "",
    account: "",
    resource: "hostedzone",
    resourceName: hostedZoneId,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  return [
    new iam.PolicyStatement({ sid: "ReadRecords", actions: ["route53:ListResourceRecordSets"], resources: [zoneArn] }),
    new iam.PolicyStatement({
      sid: "WriteRecords",
      actions: ["route53:ChangeResourceRecordSets"],
      resources: [zoneArn],
      conditions: {
        "ForAllValues:StringEquals": {
          "route53:ChangeResourceRecordSetsNormalizedRecordNames": [domain, stateRecordName(domain)],
          "route53:ChangeResourceRecordSetsRecordTypes": ["A", "TXT"],
          "route53:ChangeResourceRecordSetsActions": ["CREATE", "DELETE"],
        },
      },
    }),
  ];
}
