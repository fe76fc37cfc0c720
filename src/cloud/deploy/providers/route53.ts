import { gone, omit, properties, tagChanges, tagList } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { ExistingResource, Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "route53";
const shortId = (id: string): string => id.replace(/^\/hostedzone\//, "");

async function setQueryLogging(context: ResourceContext, HostedZoneId: string, props: Properties): Promise<void> {
  const { QueryLoggingConfigs = [] } = await context.call(SERVICE, "ListQueryLoggingConfigs", { HostedZoneId });
  for (const { Id } of QueryLoggingConfigs as Properties[]) await context.call(SERVICE, "DeleteQueryLoggingConfig", { Id: Id as string });
  const config = props["QueryLoggingConfig"] as Properties | undefined;
  if (config)
    await context.call(SERVICE, "CreateQueryLoggingConfig", {
      HostedZoneId,
      CloudWatchLogsLogGroupArn: config["CloudWatchLogsLogGroupArn"] as string,
    });
}

async function setTags(context: ResourceContext, ResourceId: string, before: unknown, after: unknown): Promise<void> {
  const { set, remove } = tagChanges(before, after);
  if (set.length === 0 && remove.length === 0) return;
  await context.call(SERVICE, "ChangeTagsForResource", {
    ResourceType: "hostedzone",
    ResourceId,
    ...(set.length > 0 ? { AddTags: set } : {}),
    ...(remove.length > 0 ? { RemoveTagKeys: remove } : {}),
  });
}

const hostedZone: ResourceProvider = {
  type: "AWS::Route53::HostedZone",
  properties: properties({ replace: "Name", update: "HostedZoneConfig HostedZoneTags QueryLoggingConfig VPCs" }),
  required: ["Name"],
  attributes: ["Id", "NameServers"],
  tags: { property: "HostedZoneTags", form: "list" },
  async create(context, props) {
    const vpc = (props["VPCs"] as Properties[] | undefined)?.[0];
    const input = context.input(SERVICE, "CreateHostedZone", {
      Name: props["Name"] as unknown,
      CallerReference: context.ids.uuid(),
      HostedZoneConfig: props["HostedZoneConfig"] as unknown,
      VPC: vpc && { VPCId: vpc["VPCId"] as unknown, VPCRegion: vpc["VPCRegion"] as unknown },
    });
    const made = await context.call(SERVICE, "CreateHostedZone", input);
    const id = shortId(made.HostedZone.Id);
    return finishing({ physicalId: id, attributes: { Id: id, NameServers: made.DelegationSet?.NameServers ?? [] } }, async () => {
      if (props["QueryLoggingConfig"] !== undefined) await setQueryLogging(context, id, props);
      await setTags(context, id, [], tagList(props["HostedZoneTags"]));
    });
  },
  async update(context, props, existing, changed) {
    const Id = existing.physicalId;
    if (changed.includes("VPCs")) throw new Error("Updating the VPCs of a hosted zone is not supported by this cloud");
    if (changed.includes("HostedZoneConfig")) {
      const Comment = (props["HostedZoneConfig"] as Properties | undefined)?.["Comment"] as unknown;
      await context.call(SERVICE, "UpdateHostedZoneComment", { Id, Comment: Comment ?? "" });
    }
    if (changed.includes("QueryLoggingConfig")) await setQueryLogging(context, Id, props);
    await setTags(context, Id, existing.properties["HostedZoneTags"], props["HostedZoneTags"]);
  },
  async delete(context, existing) {
    const Id = existing.physicalId;
    await gone(
      (async () => {
        await setQueryLogging(context, Id, {});
        await context.call(SERVICE, "DeleteHostedZone", { Id });
      })(),
    );
  },
};

async function zoneOf(context: ResourceContext, props: Properties): Promise<string> {
  if (props["HostedZoneId"] !== undefined) return shortId(String(props["HostedZoneId"]));
  const DNSName = String(props["HostedZoneName"]);
  const { HostedZones = [] } = await context.call(SERVICE, "ListHostedZonesByName", { DNSName });
  const found = (HostedZones as Properties[]).filter((zone) => zone["Name"] === DNSName);
  if (found.length !== 1) throw new Error(`No unique hosted zone named ${DNSName} found`);
  return shortId(String(found[0]!["Id"]));
}

async function recordSet(context: ResourceContext, props: Properties): Promise<Properties> {
  const records = props["ResourceRecords"] as unknown[] | undefined;
  const plain = omit(props, "HostedZoneId", "HostedZoneName", "Comment", "ResourceRecords");
  const change = { Action: "UPSERT", ResourceRecordSet: { ...plain, ...(records ? { ResourceRecords: records.map((Value) => ({ Value })) } : {}) } };
  const input = context.input(SERVICE, "ChangeResourceRecordSets", { HostedZoneId: "-", ChangeBatch: { Changes: [change] } });
  return (input["ChangeBatch"] as { Changes: { ResourceRecordSet: Properties }[] }).Changes[0]!.ResourceRecordSet;
}

async function changeRecords(
  context: ResourceContext,
  HostedZoneId: string,
  changes: { Action: string; ResourceRecordSet: Properties }[],
  Comment?: unknown,
): Promise<void> {
  await context.call(SERVICE, "ChangeResourceRecordSets", {
    HostedZoneId,
    ChangeBatch: { ...(Comment === undefined ? {} : { Comment }), Changes: changes },
  });
}

/** The record as the zone has it now: a function may have changed its values since (a leaf's address). */
async function presentRecord(context: ResourceContext, HostedZoneId: string, existing: ExistingResource): Promise<Properties | undefined> {
  const { Name, Type, SetIdentifier } = await recordSet(context, existing.properties);
  const wanted = String(Name).toLowerCase().replace(/\.$/, "");
  const { ResourceRecordSets = [] } = await context.call(SERVICE, "ListResourceRecordSets", {
    HostedZoneId,
    StartRecordName: Name as unknown,
    StartRecordType: Type as unknown,
  });
  return (ResourceRecordSets as Properties[]).find(
    (one) => String(one["Name"]).toLowerCase().replace(/\.$/, "") === wanted && one["Type"] === Type && one["SetIdentifier"] === SetIdentifier,
  );
}

const record: ResourceProvider = {
  type: "AWS::Route53::RecordSet",
  properties: properties({
    replace: "HostedZoneId HostedZoneName Name",
    update: "AliasTarget Comment Failover GeoLocation HealthCheckId MultiValueAnswer Region ResourceRecords SetIdentifier TTL Type Weight",
  }),
  required: ["Name", "Type"],
  attributes: ["Id"],
  async create(context, props) {
    const zone = await zoneOf(context, props);
    await changeRecords(context, zone, [{ Action: "CREATE", ResourceRecordSet: await recordSet(context, props) }], props["Comment"]);
    // "Ref returns the value of the domain name of the record set" (AWS::Route53::RecordSet).
    return { physicalId: String(props["Name"]).replace(/\.$/, ""), attributes: { Id: String(props["Name"]) } };
  },
  async update(context, props, existing, changed) {
    const zone = await zoneOf(context, props);
    const set = { Action: "UPSERT", ResourceRecordSet: await recordSet(context, props) };
    const old = changed.includes("Type") || changed.includes("SetIdentifier") ? await presentRecord(context, zone, existing) : undefined;
    await changeRecords(context, zone, [...(old ? [{ Action: "DELETE", ResourceRecordSet: old }] : []), set], props["Comment"]);
  },
  async delete(context, existing) {
    await gone(
      (async () => {
        const zone = await zoneOf(context, existing.properties);
        if (!(await presentRecord(context, zone, existing))) return;
        // By the template's values and not by those that are there: CloudFormation does not delete what others have changed
        // (github.com/aws/aws-cdk/issues/4155).
        await changeRecords(context, zone, [{ Action: "DELETE", ResourceRecordSet: await recordSet(context, existing.properties) }]);
      })(),
    );
  },
};

export const route53Providers: ResourceProvider[] = [hostedZone, record];
