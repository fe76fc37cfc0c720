import { randomUUID } from "node:crypto";
import { CloudWatchLogsClient, GetLogEventsCommand, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient, StopTaskCommand } from "@aws-sdk/client-ecs";
import type { Project, TaskLeaf } from "../config/index.ts";
import { awsRuns } from "../functions/shared/aws-runs.ts";
import { logGroupName, logStreamName } from "../functions/shared/names.ts";
import type { RunSpec } from "../functions/shared/run-spec.ts";
import { isLiving, type SeenTask, taskId } from "../functions/shared/seen-task.ts";
import { hadNoSpot, insteadOf, isGoing, startRun, tokenOf } from "../functions/shared/start-run.ts";
import { howEnded, stopReason } from "../functions/shared/stopped.ts";
import { clientOf, type Connection } from "./environment.ts";
import { specOf } from "./task-observe.ts";

export type RunNow =
  | { readonly kind: "started"; readonly task: SeenTask; readonly spec: RunSpec }
  /** It was not started, for `overlap: skip` lets nothing run beside it. */
  | { readonly kind: "going on"; readonly task: SeenTask };

/**
 * Starts one run now, as a tick of the schedule would.
 * @param who is in its history
 * @param overlap true: beside one that goes on, whatever the leaf says
 * @throws Error with ECS's reason when nothing could be started
 */
export async function runTaskNow(
  project: Project,
  leaf: TaskLeaf,
  connection: Connection,
  { overlap = false, who }: { overlap?: boolean; who?: string } = {},
): Promise<RunNow> {
  const spec = await deployedSpec(project, leaf, connection);
  const runs = awsRuns(clientOf(ECSClient, connection), spec);
  const request = {
    token: tokenOf(randomUUID()),
    startedBy: "rouse/cli",
    overlap: overlap ? ("allow" as const) : spec.overlap,
    ...(who ? { woken: { who } } : {}),
  };
  const result = await startRun(runs, spec, request);
  if (result.kind === "failed") throw new Error(`${leaf.name} could not be started: ${result.message} (${result.code})`);
  return result.kind === "started" ? { ...result, spec } : result;
}

async function deployedSpec(project: Project, leaf: TaskLeaf, connection: Connection): Promise<RunSpec> {
  const spec = await specOf(project, leaf, connection);
  if (!spec) throw new Error(`${leaf.name} is not deployed`);
  return spec;
}

/** Stops every run that goes on: each container gets its stop signal and its stop timeout. @returns whether there was one */
export async function stopRuns(project: Project, leaf: TaskLeaf, connection: Connection): Promise<boolean> {
  const spec = await deployedSpec(project, leaf, connection);
  const ecs = clientOf(ECSClient, connection);
  const going = (await awsRuns(ecs, spec).look()).filter(isLiving);
  const reason = stopReason({ at: "", by: "cli", drain: false });
  for (const { arn } of going) await ecs.send(new StopTaskCommand({ cluster: spec.cluster, task: arn, reason }));
  return going.length > 0;
}

export interface Followed {
  /** The container's; undefined where it never ran. */
  readonly exitCode?: number;
  /** In words, for a run that did not end with 0. */
  readonly how: string;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** The run goes on as another task. */
  readonly onReplaced?: () => void;
  /** Between two looks, milliseconds. */
  readonly pollMs?: number;
}

/** CloudWatch Logs shows lines some seconds after they were written; the embedded cloud at once. */
const LATE_MS = 4_000;

/** Follows a run's log until it has ended. @returns undefined when the signal came first */
export async function followRun(
  project: Project,
  { task, spec }: { task: SeenTask; spec: RunSpec },
  connection: Connection,
  options: FollowOptions,
): Promise<Followed | undefined> {
  const { signal, onLine, pollMs = 500 } = options;
  const runs = awsRuns(clientOf(ECSClient, connection), spec);
  let arn = task.arn;
  let read = logReader(project, spec, arn, connection);
  let endedAt: number | undefined;
  while (!signal.aborted) {
    const [now] = await runs.describe([arn]);
    for (const line of await read()) onLine(line);
    if (!now) throw new Error(`ECS knows nothing of the task ${taskId(arn)} any more`);
    if (!isGoing(now)) {
      if (hadNoSpot(now)) {
        const other = await startRun(runs, spec, insteadOf(now));
        if (other.kind === "failed") throw new Error(`${spec.leaf} could not be started: ${other.message} (${other.code})`);
        options.onReplaced?.();
        arn = other.task.arn;
        read = logReader(project, spec, arn, connection);
        continue;
      }
      endedAt ??= performance.now();
      if (connection.endpoint !== undefined || performance.now() - endedAt > LATE_MS) {
        for (const line of await read()) onLine(line);
        const exitCode = now.containers.find(({ name }) => name === spec.container)?.exitCode;
        return { ...(exitCode === undefined ? {} : { exitCode }), how: howEnded(now) };
      }
    }
    await pause(pollMs, signal);
  }
  return undefined;
}

/** Reads what is new in a task's log stream, each time it is called. */
function logReader(project: Project, spec: RunSpec, arn: string, connection: Connection): () => Promise<string[]> {
  const logs = clientOf(CloudWatchLogsClient, connection);
  const names = {
    logGroupName: logGroupName(project.base.name, spec.leaf),
    logStreamName: logStreamName(spec.leaf, spec.container, taskId(arn)),
  };
  let nextToken: string | undefined;
  return async () => {
    const lines: string[] = [];
    for (;;) {
      const page = await logs.send(new GetLogEventsCommand({ ...names, startFromHead: true, nextToken })).catch((error: unknown) => {
        // There is no stream before the first line.
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      });
      if (!page) return lines;
      lines.push(...(page.events ?? []).map(({ message }) => message ?? ""));
      // "If you have reached the end of the stream, it returns the same token you passed in" (CloudWatch Logs API reference, GetLogEvents).
      if (page.nextForwardToken === undefined || page.nextForwardToken === nextToken) return lines;
      nextToken = page.nextForwardToken;
    }
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
