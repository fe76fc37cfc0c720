import type {
  AssociateAttributeGroupRequest,
  AssociateAttributeGroupResponse,
  DisassociateAttributeGroupRequest,
  DisassociateAttributeGroupResponse,
  ListAssociatedAttributeGroupsRequest,
  ListAssociatedAttributeGroupsResponse,
  ListAttributeGroupsForApplicationRequest,
  ListAttributeGroupsForApplicationResponse,
} from "@aws-sdk/client-service-catalog-appregistry";
import type { Call } from "../../../core/service.ts";
import type { AppRegistryDeps } from "../index.ts";
import { applicationOf, conflict, groupOf, notFound, page } from "../shared.ts";
import { applications, attributeGroups } from "../state.ts";

type Deps = Pick<AppRegistryDeps, "store">;

/** @throws AwsError ConflictException where it has the group already */
export function AssociateAttributeGroup({ store }: Deps, input: AssociateAttributeGroupRequest, call: Call): AssociateAttributeGroupResponse {
  const application = applicationOf(store, call, input.application);
  const group = groupOf(store, call, input.attributeGroup);
  if (application.groups.includes(group.id))
    throw conflict(`Attribute group '${group.name}' is already associated with application '${application.name}'.`);
  applications(store, call).update(application.id, { groups: [...application.groups, group.id] });
  return { applicationArn: application.arn, attributeGroupArn: group.arn };
}

export function DisassociateAttributeGroup(
  { store }: Deps,
  input: DisassociateAttributeGroupRequest,
  call: Call,
): DisassociateAttributeGroupResponse {
  const application = applicationOf(store, call, input.application);
  const group = groupOf(store, call, input.attributeGroup);
  if (!application.groups.includes(group.id))
    throw notFound(`Attribute group '${group.name}' is not associated with application '${application.name}'.`);
  applications(store, call).update(application.id, { groups: application.groups.filter((id) => id !== group.id) });
  return { applicationArn: application.arn, attributeGroupArn: group.arn };
}

export function ListAssociatedAttributeGroups(
  { store }: Deps,
  input: ListAssociatedAttributeGroupsRequest,
  call: Call,
): ListAssociatedAttributeGroupsResponse {
  const { items, nextToken } = page(applicationOf(store, call, input.application).groups, input);
  return { attributeGroups: items, ...(nextToken === undefined ? {} : { nextToken }) };
}

export function ListAttributeGroupsForApplication(
  { store }: Deps,
  input: ListAttributeGroupsForApplicationRequest,
  call: Call,
): ListAttributeGroupsForApplicationResponse {
  const { items, nextToken } = page(applicationOf(store, call, input.application).groups, input);
  const details = items.map((id) => attributeGroups(store, call).get(id)).filter((row) => row !== undefined);
  return {
    attributeGroupsDetails: details.map(({ id, arn, name }) => ({ id, arn, name })),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
}
