import type { CreateTagsRequest, DeleteTagsRequest, DescribeTagsRequest, DescribeTagsResult, ResourceType } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../core/errors.ts";
import { isService, type Call } from "../../../core/service.ts";
import { ensureDefaultVpc } from "../defaults.ts";
import { invalidValue } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { findInterface } from "../interfaces.ts";
import { typeOf } from "../resource-types.ts";
import { applyFilters, checkTags, page, type FilterFields } from "../shared.ts";
import { instances, internetGateways, keyPairs, launchTemplates, routeTables, securityGroups, subnets, tags, vpcs } from "../state.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids" | "lifecycle">;

/** @throws AwsError as EC2 says that a resource is not there. */
function requireTaggable(deps: Deps, call: Call, id: string): void {
  const { store } = deps;
  const type = typeOf(id);
  if (!type) throw new AwsError("InvalidID", `The ID '${id}' is not valid`);
  const present: Partial<Record<ResourceType, () => boolean>> = {
    vpc: () => vpcs(store, call).has(id),
    subnet: () => subnets(store, call).has(id),
    "internet-gateway": () => internetGateways(store, call).has(id),
    "route-table": () => routeTables(store, call).has(id),
    "security-group": () => securityGroups(store, call).has(id),
    "security-group-rule": () => securityGroups(store, call).find(({ rules }) => rules.some((rule) => rule.id === id)) !== undefined,
    "key-pair": () => keyPairs(store, call).find((pair) => pair.id === id) !== undefined,
    "launch-template": () => launchTemplates(store, call).has(id),
    instance: () => instances(store, call).has(id),
    "network-interface": () => findInterface(store, call, id) !== undefined,
    volume: () => instances(store, call).find((row) => row.volumeId === id) !== undefined,
    "network-acl": () => vpcs(store, call).find((vpc) => vpc.networkAclId === id) !== undefined,
  };
  if (present[type]?.()) return;
  const word = type.replace(/-(.)/g, (_all, letter: string) => letter.toUpperCase());
  const code = type === "security-group" ? "InvalidGroup.NotFound" : `Invalid${word[0]!.toUpperCase()}${word.slice(1)}ID.NotFound`;
  throw new AwsError(code === "InvalidVpcID.NotFound" ? "InvalidVpcID.NotFound" : code, `The ${word} ID '${id}' does not exist`);
}

export function CreateTags(deps: Deps, input: CreateTagsRequest, call: Call): object {
  ensureDefaultVpc(deps, call);
  const wanted = checkTags(input.Tags ?? []);
  const reserved = Object.keys(wanted).find((key) => key.toLowerCase().startsWith("aws:"));
  // Services of AWS set such tags themselves; nobody else may.
  if (reserved !== undefined && !isService(call.principal)) throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use");
  for (const id of input.Resources!) requireTaggable(deps, call, id);
  for (const id of input.Resources!) {
    const merged = { ...tags(deps.store, call).get(id), ...wanted };
    if (Object.keys(merged).length > 50) throw new AwsError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
    tags(deps.store, call).set(id, merged);
    deps.lifecycle.refresh(call, id);
  }
  return {};
}

/** Without values a key goes whatever its value; with none named at all, all of the user's tags go (EC2 API Reference, DeleteTags). */
export function DeleteTags(deps: Deps, input: DeleteTagsRequest, call: Call): object {
  const goes = (key: string, value: string): boolean =>
    input.Tags?.length ? input.Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value)) : !key.startsWith("aws:");
  const table = tags(deps.store, call);
  for (const id of input.Resources!) {
    const present = table.get(id);
    if (!present) continue;
    table.set(id, Object.fromEntries(Object.entries(present).filter(([key, value]) => !goes(key, value))));
    deps.lifecycle.refresh(call, id);
  }
  return {};
}

interface TagRow {
  id: string;
  key: string;
  value: string;
}

const FILTERS: FilterFields<TagRow> = {
  "resource-id": (row) => row.id,
  "resource-type": (row) => typeOf(row.id),
  key: (row) => row.key,
  value: (row) => row.value,
};

export function DescribeTags(deps: Deps, input: DescribeTagsRequest, call: Call): DescribeTagsResult {
  const all = tags(deps.store, call)
    .entries()
    .flatMap(([id, values]) => Object.entries(values).map(([key, value]): TagRow => ({ id, key, value })));
  const { items, ...rest } = page(
    applyFilters(all, input.Filters, FILTERS, (row) => ({ [row.key]: row.value })),
    input,
  );
  return { Tags: items.map(({ id, key, value }) => ({ ResourceId: id, ResourceType: typeOf(id), Key: key, Value: value })), ...rest };
}
