import type {
  DeleteTaskDefinitionsRequest,
  DeleteTaskDefinitionsResponse,
  DeregisterTaskDefinitionRequest,
  DeregisterTaskDefinitionResponse,
  DescribeTaskDefinitionRequest,
  DescribeTaskDefinitionResponse,
  ListTaskDefinitionFamiliesRequest,
  ListTaskDefinitionFamiliesResponse,
  ListTaskDefinitionsRequest,
  ListTaskDefinitionsResponse,
} from "@aws-sdk/client-ecs";
import type { Call } from "../../../core/service.ts";
import { clientError, lastPart, page, taskDefinitionOf } from "../lookup.ts";
import { type Parts, now } from "../parts.ts";
import { taskDefinitions } from "../state.ts";

export function DescribeTaskDefinition(deps: Pick<Parts, "store">, input: DescribeTaskDefinitionRequest, call: Call): DescribeTaskDefinitionResponse {
  const row = taskDefinitionOf(deps.store, call, input.taskDefinition!);
  return { taskDefinition: row.definition, tags: input.include?.includes("TAGS") ? row.tags : undefined };
}

/** Running tasks and services keep an inactive revision; new ones cannot use it. */
export function DeregisterTaskDefinition(
  deps: Pick<Parts, "store" | "clock">,
  input: DeregisterTaskDefinitionRequest,
  call: Call,
): DeregisterTaskDefinitionResponse {
  if (!lastPart(input.taskDefinition!).includes(":")) throw clientError("Revision is missing.");
  const row = taskDefinitionOf(deps.store, call, input.taskDefinition!);
  const { definition } = taskDefinitions(deps.store, call).update(key(row.definition), {
    definition: { ...row.definition, status: "INACTIVE", deregisteredAt: row.definition.deregisteredAt ?? now(deps) },
  });
  return { taskDefinition: definition };
}

const key = ({ family, revision }: { family: string; revision: number }): string => `${family}:${revision}`;

export function DeleteTaskDefinitions(
  deps: Pick<Parts, "store" | "clock">,
  input: DeleteTaskDefinitionsRequest,
  call: Call,
): DeleteTaskDefinitionsResponse {
  const answer: Required<Pick<DeleteTaskDefinitionsResponse, "taskDefinitions" | "failures">> = { taskDefinitions: [], failures: [] };
  const table = taskDefinitions(deps.store, call);
  for (const reference of input.taskDefinitions ?? []) {
    const row = table.get(lastPart(reference));
    if (!row) answer.failures.push({ arn: reference, reason: "MISSING" });
    else if (row.definition.status === "ACTIVE")
      answer.failures.push({
        arn: reference,
        reason: "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
      });
    else {
      table.delete(key(row.definition));
      answer.taskDefinitions.push({ ...row.definition, status: "DELETE_IN_PROGRESS", deleteRequestedAt: now(deps) });
    }
  }
  return answer;
}

export function ListTaskDefinitions(deps: Pick<Parts, "store">, input: ListTaskDefinitionsRequest, call: Call): ListTaskDefinitionsResponse {
  const status = input.status ?? "ACTIVE";
  const rows = taskDefinitions(deps.store, call)
    .filter(({ definition }) => definition.status === status && (!input.familyPrefix || definition.family === input.familyPrefix))
    .sort((a, b) => compare(a.definition.family, b.definition.family) || a.definition.revision - b.definition.revision);
  if (input.sort === "DESC") rows.reverse();
  const { items, nextToken } = page(
    rows.map(({ definition }) => definition.taskDefinitionArn),
    input,
  );
  return { taskDefinitionArns: items, nextToken };
}

export function ListTaskDefinitionFamilies(
  deps: Pick<Parts, "store">,
  input: ListTaskDefinitionFamiliesRequest,
  call: Call,
): ListTaskDefinitionFamiliesResponse {
  const all = taskDefinitions(deps.store, call).values();
  const active = new Set(all.filter(({ definition }) => definition.status === "ACTIVE").map(({ definition }) => definition.family));
  const names = [...new Set(all.map(({ definition }) => definition.family))]
    .filter((family) => family.startsWith(input.familyPrefix ?? ""))
    .filter((family) => (input.status === "ACTIVE" ? active.has(family) : input.status === "INACTIVE" ? !active.has(family) : true))
    .sort(compare);
  const { items, nextToken } = page(names, input);
  return { families: items, nextToken };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
