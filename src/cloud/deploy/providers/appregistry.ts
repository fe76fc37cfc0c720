import { gone, properties, tagChanges, tagMap } from "./helpers.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

/* AppRegistry of AWS Service Catalog. */

const SERVICE = "servicecatalog";

/** CloudFormation does not put its own tags on these types (their schemas: `cloudFormationSystemTags` false). */
const tagsOf = (props: Properties): Record<string, string> =>
  Object.fromEntries(Object.entries(tagMap(props["Tags"])).filter(([key]) => !key.startsWith("aws:")));

async function updateTags(context: ResourceContext, resourceArn: unknown, before: Properties, after: Properties): Promise<void> {
  const { set, remove } = tagChanges(tagsOf(before), tagsOf(after));
  if (remove.length > 0) await context.call(SERVICE, "UntagResource", { resourceArn, tagKeys: remove });
  if (set.length > 0) await context.call(SERVICE, "TagResource", { resourceArn, tags: tagMap(set) });
}

const text = (value: string | number | boolean | undefined): string | undefined => (value === undefined ? undefined : String(value));

const application: ResourceProvider = {
  type: "AWS::ServiceCatalogAppRegistry::Application",
  properties: properties({ update: "Description Name Tags" }),
  required: ["Name"],
  attributes: ["ApplicationName", "ApplicationTagKey", "ApplicationTagValue", "Arn", "Id"],
  tags: { property: "Tags", form: "map" },
  async create(context, props) {
    const made = await context.call(SERVICE, "CreateApplication", {
      name: String(props["Name"]),
      description: text(props["Description"]),
      tags: tagsOf(props),
      clientToken: context.ids.uuid(),
    });
    const { id, arn, name, applicationTag } = made.application;
    const [[ApplicationTagKey, ApplicationTagValue]] = Object.entries(applicationTag as Record<string, string>) as [[string, string]];
    return { physicalId: id, attributes: { Id: id, Arn: arn, ApplicationName: name, ApplicationTagKey, ApplicationTagValue } };
  },
  async update(context, props, existing, changed) {
    // UpdateApplication leaves a description that it is not given.
    if (changed.includes("Description") || changed.includes("Name"))
      await context.call(SERVICE, "UpdateApplication", {
        application: existing.physicalId,
        description: text(props["Description"]) ?? "",
        ...(changed.includes("Name") ? { name: String(props["Name"]) } : {}),
      });
    await updateTags(context, existing.attributes["Arn"], existing.properties, props);
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteApplication", { application: existing.physicalId })),
};

const attributesOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const attributeGroup: ResourceProvider = {
  type: "AWS::ServiceCatalogAppRegistry::AttributeGroup",
  properties: properties({ update: "Attributes Description Name Tags" }),
  required: ["Attributes", "Name"],
  attributes: ["Arn", "Id"],
  tags: { property: "Tags", form: "map" },
  async create(context, props) {
    const { attributeGroup: made } = await context.call(SERVICE, "CreateAttributeGroup", {
      name: String(props["Name"]),
      description: text(props["Description"]),
      attributes: attributesOf(props["Attributes"]),
      tags: tagsOf(props),
      clientToken: context.ids.uuid(),
    });
    return { physicalId: made.id, attributes: { Id: made.id, Arn: made.arn } };
  },
  async update(context, props, existing, changed) {
    if (changed.some((name) => name !== "Tags"))
      await context.call(SERVICE, "UpdateAttributeGroup", {
        attributeGroup: existing.physicalId,
        description: text(props["Description"]) ?? "",
        attributes: attributesOf(props["Attributes"]),
        ...(changed.includes("Name") ? { name: String(props["Name"]) } : {}),
      });
    await updateTags(context, existing.attributes["Arn"], existing.properties, props);
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteAttributeGroup", { attributeGroup: existing.physicalId })),
};

const resourceAssociation: ResourceProvider = {
  type: "AWS::ServiceCatalogAppRegistry::ResourceAssociation",
  properties: properties({ replace: "Application Resource ResourceType" }),
  required: ["Application", "Resource", "ResourceType"],
  attributes: ["ApplicationArn", "ResourceArn"],
  async create(context, props) {
    const [resourceType, resource] = [String(props["ResourceType"]), String(props["Resource"])];
    const made = await context.call(SERVICE, "AssociateResource", { application: String(props["Application"]), resourceType, resource });
    const { applicationArn: ApplicationArn, resourceArn: ResourceArn } = made as { applicationArn: string; resourceArn: string };
    return { physicalId: [ApplicationArn, ResourceArn, resourceType].join("|"), attributes: { ApplicationArn, ResourceArn } };
  },
  delete(context, { attributes, properties: { ResourceType: resourceType } }) {
    const { ApplicationArn: applicationId, ResourceArn: resource } = attributes;
    return gone(context.call(SERVICE, "DisassociateResource", { application: applicationId, resourceType: String(resourceType), resource }));
  },
};

const attributeGroupAssociation: ResourceProvider = {
  type: "AWS::ServiceCatalogAppRegistry::AttributeGroupAssociation",
  properties: properties({ replace: "Application AttributeGroup" }),
  required: ["Application", "AttributeGroup"],
  attributes: ["ApplicationArn", "AttributeGroupArn"],
  async create(context, props) {
    const made = await context.call(SERVICE, "AssociateAttributeGroup", {
      application: String(props["Application"]),
      attributeGroup: String(props["AttributeGroup"]),
    });
    const { applicationArn: ApplicationArn, attributeGroupArn: AttributeGroupArn } = made as { applicationArn: string; attributeGroupArn: string };
    return { physicalId: `${ApplicationArn}|${AttributeGroupArn}`, attributes: { ApplicationArn, AttributeGroupArn } };
  },
  delete: (context, { attributes: { ApplicationArn, AttributeGroupArn } }) =>
    gone(context.call(SERVICE, "DisassociateAttributeGroup", { application: ApplicationArn, attributeGroup: AttributeGroupArn })),
};

export const appRegistryProviders: ResourceProvider[] = [application, attributeGroup, resourceAssociation, attributeGroupAssociation];
