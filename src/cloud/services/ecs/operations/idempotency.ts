import type { RunTaskRequest, RunTaskResponse } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import { invalid } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type ClusterRow, type RunTokenRow, type TaskDefinitionRow, runTokens, tasks } from "../state.ts";
import { taskView } from "../views.ts";

/*
 * Client tokens of RunTask (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html): a token means
 * one request within its cluster; the same request again gives the result of the first, another one ConflictException. "The
 * maximum TTL for client tokens is the lesser of" 24 hours and another value; here that is one hour after the last of its
 * tasks has stopped, when there is nothing left to answer with.
 */

const DAY_MS = 24 * 3_600_000;
const AFTER_STOP_MS = 3_600_000;

type Deps = Pick<Parts, "store" | "clock">;

const keyOf = (cluster: ClusterRow, token: string): string => `${cluster.name}/${token}`;

/** The answer to a request that repeats an earlier one's token. @throws AwsError ConflictException, with the ARNs of its tasks */
export function repeatedRun(
  deps: Deps,
  scope: Scope,
  input: RunTaskRequest,
  cluster: ClusterRow,
  definition: TaskDefinitionRow,
): RunTaskResponse | undefined {
  const { clientToken } = input;
  if (!clientToken) return undefined;
  if (!/^[\x21-\x7e]{1,64}$/.test(clientToken)) throw invalid("The client token must have 1 to 64 ASCII characters in the range of 33-126.");
  const row = runTokens(deps.store, scope).get(keyOf(cluster, clientToken));
  if (!row || expired(deps, scope, row)) return undefined;
  const rows = row.taskIds.map((id) => tasks(deps.store, scope).get(id)).filter((task) => task !== undefined);
  if (row.request !== canonical(input, cluster, definition)) {
    throw new AwsError("ConflictException", "The client token has been used with other parameters.", {
      fields: { resourceIds: rows.map(({ task }) => task.taskArn) },
    });
  }
  return { tasks: rows.map((task) => taskView(task, ["TAGS"])), failures: [] };
}

/** Remembers what was started; tokens that have had their time are forgotten. */
export function rememberRun(
  deps: Deps,
  scope: Scope,
  input: RunTaskRequest,
  made: { cluster: ClusterRow; definition: TaskDefinitionRow; taskIds: string[] },
): void {
  const table = runTokens(deps.store, scope);
  for (const [key, row] of table.entries()) if (expired(deps, scope, row)) table.delete(key);
  if (!input.clientToken || made.taskIds.length === 0) return;
  const request = canonical(input, made.cluster, made.definition);
  table.set(keyOf(made.cluster, input.clientToken), { request, taskIds: made.taskIds, at: deps.clock.now() });
}

/** A stopped task is itself forgotten after an hour (see index.ts). */
function expired({ store, clock }: Deps, scope: Scope, row: RunTokenRow): boolean {
  if (row.at + DAY_MS <= clock.now()) return true;
  return row.taskIds.every((id) => {
    const task = tasks(store, scope).get(id)?.task;
    return task === undefined || (task.stoppedAt !== undefined && task.stoppedAt.getTime() + AFTER_STOP_MS <= clock.now());
  });
}

/**
 * All parameters in one form. A family is resolved to its latest revision first, as it is for authorization since March
 * 2024 (API_RunTask): when it has got a new one meanwhile, the request is another one.
 */
function canonical({ clientToken: _, ...input }: RunTaskRequest, cluster: ClusterRow, { definition }: TaskDefinitionRow): string {
  return JSON.stringify(sorted({ ...input, cluster: cluster.name, taskDefinition: definition.taskDefinitionArn, count: input.count ?? 1 }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
