import type {
  AttributeGroup,
  CreateAttributeGroupRequest,
  CreateAttributeGroupResponse,
  DeleteAttributeGroupRequest,
  DeleteAttributeGroupResponse,
  GetAttributeGroupRequest,
  GetAttributeGroupResponse,
  ListAttributeGroupsRequest,
  ListAttributeGroupsResponse,
  UpdateAttributeGroupRequest,
  UpdateAttributeGroupResponse,
} from "@aws-sdk/client-service-catalog-appregistry";
import type { Call } from "../../../core/service.ts";
import type { AppRegistryDeps } from "../index.ts";
import { checkEntity, conflict, entityArn, groupOf, groupTags, invalid, newId, page, summary } from "../shared.ts";
import { applications, attributeGroups, type AttributeGroupRow } from "../state.ts";

const described = (row: AttributeGroupRow): AttributeGroup => ({ ...summary(row), tags: groupTags(row) });

/** @throws AwsError ValidationException */
function checkAttributes(text: string): string {
  const fail = (): never => {
    throw invalid("The attributes must be the JSON of an object with at most 8000 characters.");
  };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value) || text.length > 8000) return fail();
  } catch {
    return fail();
  }
  return text;
}

/** The same request once more, by its token, is answered as before. @throws AwsError ConflictException, ValidationException */
export function CreateAttributeGroup(
  { store, clock, ids }: Pick<AppRegistryDeps, "store" | "clock" | "ids">,
  input: CreateAttributeGroupRequest,
  call: Call,
): CreateAttributeGroupResponse {
  checkEntity(input);
  const attributes = checkAttributes(input.attributes ?? "");
  const existing = attributeGroups(store, call).find(({ name }) => name === input.name);
  if (existing) {
    if (input.clientToken !== undefined && existing.clientToken === input.clientToken && existing.attributes === attributes)
      return { attributeGroup: described(existing) };
    throw conflict(`You already own an attribute group '${existing.name}'`);
  }
  const id = newId(ids);
  const now = clock.now();
  const row: AttributeGroupRow = {
    id,
    arn: entityArn(call, "attribute-groups", id),
    name: input.name!,
    ...(input.description === undefined ? {} : { description: input.description }),
    created: now,
    updated: now,
    tags: input.tags ?? {},
    ...(input.clientToken === undefined ? {} : { clientToken: input.clientToken }),
    attributes,
  };
  attributeGroups(store, call).set(id, row);
  return { attributeGroup: described(row) };
}

export function GetAttributeGroup({ store }: Pick<AppRegistryDeps, "store">, input: GetAttributeGroupRequest, call: Call): GetAttributeGroupResponse {
  const row = groupOf(store, call, input.attributeGroup);
  return { ...described(row), attributes: row.attributes };
}

/** @throws AwsError ValidationException */
export function UpdateAttributeGroup(
  { store, clock }: Pick<AppRegistryDeps, "store" | "clock">,
  input: UpdateAttributeGroupRequest,
  call: Call,
): UpdateAttributeGroupResponse {
  const row = groupOf(store, call, input.attributeGroup);
  checkEntity({ name: row.name, ...(input.description === undefined ? {} : { description: input.description }) });
  if (input.name !== undefined && input.name !== row.name) throw invalid("The name of an attribute group cannot be changed.");
  const changed = attributeGroups(store, call).update(row.id, {
    updated: clock.now(),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.attributes === undefined ? {} : { attributes: checkAttributes(input.attributes) }),
  });
  return { attributeGroup: described(changed) };
}

/** @throws AwsError ValidationException while an application has it */
export function DeleteAttributeGroup(
  { store }: Pick<AppRegistryDeps, "store">,
  input: DeleteAttributeGroupRequest,
  call: Call,
): DeleteAttributeGroupResponse {
  const row = groupOf(store, call, input.attributeGroup);
  if (applications(store, call).find(({ groups }) => groups.includes(row.id)))
    throw invalid("The attribute group must be disassociated from its applications before it is deleted.");
  attributeGroups(store, call).delete(row.id);
  return { attributeGroup: summary(row) };
}

export function ListAttributeGroups(
  { store }: Pick<AppRegistryDeps, "store">,
  input: ListAttributeGroupsRequest,
  call: Call,
): ListAttributeGroupsResponse {
  const { items, nextToken } = page(attributeGroups(store, call).values(), input);
  return { attributeGroups: items.map(summary), ...(nextToken === undefined ? {} : { nextToken }) };
}
