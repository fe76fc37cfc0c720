import type { Access, AccessNeed, Call } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { applicationTags, entityArn, findApplication, findGroup, groupTags, type Kind } from "./shared.ts";

interface Named {
  application?: string;
  attributeGroup?: string;
  resource?: string;
  resourceType?: string;
  resourceArn?: string;
  tags?: Record<string, string>;
  tagKeys?: string[];
}

const ON_APPLICATIONS =
  "AssociateResource DeleteApplication DisassociateResource GetApplication GetAssociatedResource ListAssociatedAttributeGroups ListAssociatedResources ListAttributeGroupsForApplication UpdateApplication";
const ON_GROUPS = "DeleteAttributeGroup GetAttributeGroup UpdateAttributeGroup";
const ON_BOTH = "AssociateAttributeGroup DisassociateAttributeGroup";
const ON_ARNS = "ListTagsForResource TagResource UntagResource";
const CREATING = "CreateApplication CreateAttributeGroup";

const fromRequest = (input: Named): Record<string, string | string[]> => ({
  ...(input.resourceType === undefined ? {} : { "servicecatalog:ResourceType": input.resourceType }),
  ...(input.resource === undefined ? {} : { "servicecatalog:Resource": input.resource }),
  ...Object.fromEntries(Object.entries(input.tags ?? {}).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  ...(input.tags || input.tagKeys ? { "aws:TagKeys": input.tagKeys ?? Object.keys(input.tags!) } : {}),
});

const resourceTags = (tags: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

/** What each operation needs ("Actions, resources, and condition keys for AWS Service Catalog"). Lists have no resource. */
export function createAccess(store: Store): Record<string, Access> {
  const about = (call: Call, kind: Kind, specifier = "*"): { arn: string; tags: Record<string, string> } => {
    if (kind === "applications") {
      const row = findApplication(store, call, specifier);
      return { arn: row?.arn ?? entityArn(call, kind, specifier), tags: row ? resourceTags(applicationTags(row)) : {} };
    }
    const row = findGroup(store, call, specifier);
    return { arn: row?.arn ?? entityArn(call, kind, specifier), tags: row ? resourceTags(groupTags(row)) : {} };
  };
  const need = (operation: string, input: Named, { arn, tags }: { arn: string; tags: Record<string, string> }): AccessNeed => ({
    action: `servicecatalog:${operation}`,
    resources: [arn],
    context: { ...fromRequest(input), ...tags },
  });
  const table = (names: string, access: (operation: string) => Access): Record<string, Access> =>
    Object.fromEntries(names.split(" ").map((name) => [name, access(name)]));
  return {
    ...table(ON_APPLICATIONS, (operation) => (input: Named, call) => [need(operation, input, about(call, "applications", input.application))]),
    ...table(ON_GROUPS, (operation) => (input: Named, call) => [need(operation, input, about(call, "attribute-groups", input.attributeGroup))]),
    ...table(ON_BOTH, (operation) => (input: Named, call) => [
      need(operation, input, about(call, "applications", input.application)),
      need(operation, input, about(call, "attribute-groups", input.attributeGroup)),
    ]),
    ...table(ON_ARNS, (operation) => (input: Named, call) => {
      const kind: Kind = input.resourceArn?.includes(":/attribute-groups/") ? "attribute-groups" : "applications";
      return [need(operation, input, { ...about(call, kind, input.resourceArn), arn: input.resourceArn ?? "*" })];
    }),
    ...table(CREATING, (operation) => (input: Named) => [{ action: `servicecatalog:${operation}`, resources: ["*"], context: fromRequest(input) }]),
  };
}
