import type { ChangeResourceRecordSetsRequest } from "@aws-sdk/client-route-53";
import type { Access, AccessNeed } from "../../core/service.ts";
import { lower, toText, toWire } from "./names.ts";
import { bareId } from "./state.ts";

interface IdInput {
  Id?: string;
  HostedZoneId?: string;
  ResourceId?: string;
  ResourceIds?: string[];
}

/** Route 53's ARNs have neither region nor account. */
const arnOf = (kind: string, id: string | undefined): string => `arn:aws:route53:::${kind}/${bareId(id) || "*"}`;

const on =
  (operation: string, kind: string): Access =>
  (input: IdInput): AccessNeed[] => [
    {
      action: `route53:${operation}`,
      resources: (input.ResourceIds ?? [input.Id ?? input.HostedZoneId ?? input.ResourceId]).map((id) => arnOf(kind, id)),
    },
  ];

/** The condition keys with which a policy can be narrowed to names, types and actions (Developer Guide, "Using IAM policy conditions for fine-grained access control"). */
function changeRecords(input: ChangeResourceRecordSetsRequest): AccessNeed[] {
  const batch = input.ChangeBatch?.Changes ?? [];
  const unique = (values: (string | undefined)[]): string[] => [...new Set(values.filter((value) => value !== undefined))];
  return [
    {
      action: "route53:ChangeResourceRecordSets",
      resources: [arnOf("hostedzone", input.HostedZoneId)],
      context: {
        "route53:ChangeResourceRecordSetsActions": unique(batch.map((change) => change.Action)),
        "route53:ChangeResourceRecordSetsRecordTypes": unique(batch.map((change) => change.ResourceRecordSet?.Type)),
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": unique(batch.map((change) => policyName(change.ResourceRecordSet?.Name))),
      },
    },
  ];
}

/** "Letters are lower case, without a trailing dot, escapes for everything else." */
function policyName(name: string | undefined): string | undefined {
  try {
    return name === undefined ? undefined : toText(lower(toWire(name))).replace(/\.$/, "");
  } catch {
    return name;
  }
}

const ON_ZONE = `GetHostedZone DeleteHostedZone UpdateHostedZoneComment ListResourceRecordSets CreateQueryLoggingConfig ListQueryLoggingConfigs
  ChangeTagsForResource ListTagsForResource ListTagsForResources`.split(/\s+/);

// Service Authorization Reference, "Actions, resources, and condition keys for Amazon Route 53".
export const access: Record<string, Access> = {
  ...Object.fromEntries(ON_ZONE.map((operation) => [operation, on(operation, "hostedzone")])),
  GetChange: on("GetChange", "change"),
  GetQueryLoggingConfig: on("GetQueryLoggingConfig", "queryloggingconfig"),
  DeleteQueryLoggingConfig: on("DeleteQueryLoggingConfig", "queryloggingconfig"),
  ChangeResourceRecordSets: changeRecords,
};
