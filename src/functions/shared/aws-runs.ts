import { type ECSClient, StopTaskCommand } from "@aws-sdk/client-ecs";
import { describeTasks, lookAtTasks, runTask } from "./aws-tasks.ts";
import type { RunSpec } from "./run-spec.ts";
import type { Runs } from "./start-run.ts";
import { stopReason } from "./stopped.ts";

export function awsRuns(ecs: ECSClient, spec: RunSpec): Runs {
  const reason = stopReason({ at: "", by: "duplicate", drain: false });
  return {
    look: () => lookAtTasks(ecs, spec),
    describe: (arns) => describeTasks(ecs, spec, arns),
    run: (token, capacity, startedBy, woken) => runTask(ecs, spec, { token, capacity, startedBy, woken, input: spec.input }),
    stop: async (task) => void (await ecs.send(new StopTaskCommand({ cluster: spec.cluster, task, reason }))),
  };
}
