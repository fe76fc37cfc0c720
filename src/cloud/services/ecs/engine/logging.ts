import type { ContainerDefinition, TaskDefinition } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../core/errors.ts";
import { type Scope, arn } from "../../../core/scope.ts";
import { RuntimeError } from "../../../machines/runtime.ts";
import type { EcsDeps } from "../parts.ts";
import type { Place } from "./container-spec.ts";

type Deps = Pick<EcsDeps, "api" | "logs" | "clock" | "authorize">;

/** How a start fails for its logs, in the words of the agent on instances and of the one of Fargate. */
type Cannot = (message: string) => RuntimeError;

const onInstance: Cannot = (message) =>
  new RuntimeError(
    "CannotStartContainerError",
    `Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ${message}`,
  );

/** Worded as in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html */
const onFargate: Cannot = (message) =>
  new RuntimeError(
    "ResourceInitializationError",
    `failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ${message}`,
  );

/**
 * Where the lines of a container go: with the `awslogs` driver to the stream `prefix/container/task` of its log group
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html), else nowhere. The role that must be
 * allowed to write is the task's execution role, or the instance's when there is none.
 * @throws RuntimeError CannotStartContainerError when the role may not, or the group is not there.
 */
export async function logWriter(
  deps: Deps,
  scope: Scope,
  task: { id: string; definition: TaskDefinition; place: Pick<Place, "fargate" | "roleArn"> },
  container: ContainerDefinition,
): Promise<(line: string) => void> {
  const configuration = container.logConfiguration;
  if (configuration?.logDriver !== "awslogs") return () => {};
  const options = configuration.options ?? {};
  const group = options["awslogs-group"] ?? "";
  const prefix = options["awslogs-stream-prefix"];
  const stream = prefix ? `${prefix}/${container.name}/${task.id}` : task.id;
  const where = { account: scope.account, region: options["awslogs-region"] ?? scope.region };
  const create = options["awslogs-create-group"] === "true";
  const cannot = task.place.fargate ? onFargate : onInstance;
  await permitted(deps, where, { role: task.definition.executionRoleArn ?? task.place.roleArn, group, stream, create }, cannot);
  await makeStream(deps, where, { group, stream, create }, cannot);
  return batching((lines) => deps.logs.write(where, group, stream, lines, { create: true }), deps.clock);
}

async function permitted(
  deps: Deps,
  scope: Scope,
  target: { role?: string; group: string; stream: string; create: boolean },
  cannot: Cannot,
): Promise<void> {
  if (!target.role) throw cannot("NoCredentialProviders: there is no role to write with");
  const resources = [arn("logs", scope, `log-group:${target.group}:log-stream:${target.stream}`)];
  const actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
  const needs = actions.map((action) => ({ action, resources }));
  if (target.create) needs.push({ action: "logs:CreateLogGroup", resources: [arn("logs", scope, `log-group:${target.group}`)] });
  const verdict = await deps.authorize(target.role, needs, { scope });
  if (!verdict.allowed) throw cannot(`AccessDeniedException: ${verdict.reason ?? `${target.role} is not authorized`}`);
}

async function makeStream(deps: Deps, scope: Scope, target: { group: string; stream: string; create: boolean }, cannot: Cannot): Promise<void> {
  const input = { logGroupName: target.group, logStreamName: target.stream };
  try {
    if (target.create) await deps.api.call("logs", "CreateLogGroup", { logGroupName: target.group }, scope).catch(unlessThere);
    await deps.api.call("logs", "CreateLogStream", input, scope).catch(unlessThere);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw cannot(`${error.code}: ${error.message}`);
  }
}

function unlessThere(error: unknown): void {
  if (!(error instanceof AwsError) || error.code !== "ResourceAlreadyExistsException") throw error;
}

/** Lines that come together are written together. */
function batching(write: (lines: { timestamp: number; message: string }[]) => void, clock: { now(): number }): (line: string) => void {
  let lines: { timestamp: number; message: string }[] = [];
  return (message) => {
    if (message === "") return; // An event must not be empty (PutLogEvents).
    if (lines.length === 0) {
      queueMicrotask(() => {
        const batch = lines;
        lines = [];
        write(batch);
      });
    }
    lines.push({ timestamp: clock.now(), message });
  };
}
