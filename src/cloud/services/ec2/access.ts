import type { RunInstancesRequest } from "@aws-sdk/client-ec2";
import { passRole } from "../../core/access.ts";
import { arn } from "../../core/scope.ts";
import type { Access, AccessNeed, Call } from "../../core/service.ts";
import type { Ec2Deps } from "./index.ts";
import { readLaunchRequest } from "./launch-request.ts";
import { tagsOf } from "./shared.ts";
import { requireTemplate } from "./operations/launch-templates.ts";
import { typeOf } from "./resource-types.ts";

/** Which member of which operation names its resource; from Service Authorization Reference, "Amazon EC2". */
const BY_ID: [operations: string, type: string, member: string][] = [
  ["DeleteVpc ModifyVpcAttribute", "vpc", "VpcId"],
  ["DeleteSubnet ModifySubnetAttribute", "subnet", "SubnetId"],
  ["DeleteInternetGateway AttachInternetGateway DetachInternetGateway", "internet-gateway", "InternetGatewayId"],
  ["DeleteRouteTable CreateRoute DeleteRoute ReplaceRoute AssociateRouteTable", "route-table", "RouteTableId"],
  [
    "DeleteSecurityGroup AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress " +
      "UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress",
    "security-group",
    "GroupId",
  ],
  ["TerminateInstances StopInstances StartInstances RebootInstances MonitorInstances UnmonitorInstances", "instance", "InstanceIds"],
  ["DeleteNetworkInterface", "network-interface", "NetworkInterfaceId"],
  ["DeleteLaunchTemplate ModifyLaunchTemplate CreateLaunchTemplateVersion DeleteLaunchTemplateVersions", "launch-template", "LaunchTemplateId"],
];

/** `ec2:Describe…` has no resource level: those operations are not listed and need `*`. */
export function createAccess(deps: Pick<Ec2Deps, "store" | "iam">): Record<string, Access> {
  const need = (action: string, type: string, ids: readonly string[], call: Call): AccessNeed[] =>
    ids.map((id) => ({
      action: `ec2:${action}`,
      resources: [arn("ec2", call, `${type}/${id}`)],
      context: {
        "ec2:Region": call.region,
        ...Object.fromEntries(
          Object.entries(tagsOf(deps.store, call, id)).flatMap(([key, value]) => [
            [`aws:ResourceTag/${key}`, value],
            [`ec2:ResourceTag/${key}`, value],
          ]),
        ),
      },
    }));
  const byId = BY_ID.flatMap(([operations, type, member]) =>
    operations.split(" ").map((operation): [string, Access] => [
      operation,
      (input: Record<string, string | string[] | undefined>, call): AccessNeed[] => {
        const value = input[member];
        return need(operation, type, value === undefined ? ["*"] : typeof value === "string" ? [value] : value, call);
      },
    ]),
  );
  return {
    ...Object.fromEntries(byId),
    RunInstances: (input: RunInstancesRequest, call) => runNeeds(deps, input, call),
    CreateNetworkInterface: (input: { SubnetId?: string; Groups?: string[] }, call) => [
      ...need("CreateNetworkInterface", "subnet", [input.SubnetId ?? "*"], call),
      ...need("CreateNetworkInterface", "security-group", input.Groups ?? [], call),
      ...need("CreateNetworkInterface", "network-interface", ["*"], call),
    ],
    CreateTags: (input: { Resources?: string[] }, call) => (input.Resources ?? []).flatMap((id) => need("CreateTags", typeOf(id) ?? "*", [id], call)),
    DeleteTags: (input: { Resources?: string[] }, call) => (input.Resources ?? []).flatMap((id) => need("DeleteTags", typeOf(id) ?? "*", [id], call)),
  };
}

/** Everything that a launch touches, and the role that it hands to the instance. */
function runNeeds(deps: Pick<Ec2Deps, "store" | "iam">, input: RunInstancesRequest, call: Call): AccessNeed[] {
  const request = readLaunchRequest(deps, call, input);
  const face = request.NetworkInterfaces?.[0];
  const of = (resource: string): string => arn("ec2", call, resource);
  const template = input.LaunchTemplate
    ? [of(`launch-template/${requireTemplate(deps, call, input.LaunchTemplate.LaunchTemplateId, input.LaunchTemplate.LaunchTemplateName).id}`)]
    : [];
  const resources = [
    of("instance/*"),
    of("network-interface/*"),
    of("volume/*"),
    // Images are nobody's account's (Service Authorization Reference: `arn:aws:ec2:${Region}::image/${ImageId}`).
    `arn:aws:ec2:${call.region}::image/${request.ImageId ?? "*"}`,
    of(`subnet/${face?.SubnetId ?? request.SubnetId ?? "*"}`),
    ...(face?.Groups ?? request.SecurityGroupIds ?? ["*"]).map((id) => of(`security-group/${id}`)),
    ...(request.KeyName ? [of(`key-pair/${request.KeyName}`)] : []),
    ...template,
  ];
  const { Arn, Name } = request.IamInstanceProfile ?? {};
  const profile = Arn || Name ? deps.iam.instanceProfile(call.account, { ...(Arn ? { arn: Arn } : {}), ...(Name ? { name: Name } : {}) }) : undefined;
  const context = { "ec2:Region": call.region, "ec2:InstanceType": request.InstanceType ?? "m1.small" };
  const tagging = (request.TagSpecifications ?? []).some(({ Tags }) => Tags?.length)
    ? [{ action: "ec2:CreateTags", resources: [of("instance/*")], context: { ...context, "ec2:CreateAction": "RunInstances" } }]
    : [];
  return [{ action: "ec2:RunInstances", resources, context }, ...tagging, ...passRole([profile?.roleArn], "ec2.amazonaws.com")];
}
