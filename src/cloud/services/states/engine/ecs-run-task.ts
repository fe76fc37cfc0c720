import { StatesError } from "../asl/errors.ts";
import { textOf, type Json, type JsonObject } from "../asl/types.ts";
import { ask, withMetadata, type CallDeps } from "./calls.ts";
import type { Integration, Job } from "./task.ts";

/** How often a task is looked at. AWS hears of its end by an event; nothing here tells Step Functions of those. */
const LOOK_MS = 1000;

const call = (deps: CallDeps, job: Job, operation: string, parameters: JsonObject): Promise<JsonObject> =>
  ask(deps, job, { service: "ecs", operation, prefix: "ECS", parameters });

interface Stopped extends JsonObject {
  Containers: JsonObject[];
}

const taskOf = (submitted: Json): JsonObject => ((submitted as JsonObject)["Tasks"] as JsonObject[])[0]!;
const named = (submitted: Json): { Cluster: string; Task: string } => {
  const task = taskOf(submitted);
  return { Cluster: textOf(task["ClusterArn"]), Task: textOf(task["TaskArn"]) };
};

/** Runs a task, and with `.sync` waits for its end (Developer Guide, "Run an Amazon ECS or Fargate task with Step Functions"). */
export function ecsRunTask(deps: CallDeps): Integration {
  return {
    async submit(job) {
      const answer = await call(deps, job, "RunTask", job.parameters);
      const failures = (answer["Failures"] as JsonObject[] | undefined) ?? [];
      if (failures.length > 0) throw new StatesError("AmazonECS.Unknown", JSON.stringify(answer));
      return withMetadata(answer, deps.ids);
    },
    async settle(job, submitted, pause) {
      const { Cluster, Task } = named(submitted);
      for (;;) {
        const { Tasks } = await call(deps, job, "DescribeTasks", { Cluster, Tasks: [Task] });
        const [task] = Tasks as Stopped[];
        if (task?.["LastStatus"] === "STOPPED") {
          const failed = task["StopCode"] !== "EssentialContainerExited" || task.Containers.some(({ ExitCode }) => (ExitCode ?? 0) !== 0);
          if (failed) throw new StatesError("States.TaskFailed", JSON.stringify(task));
          return task;
        }
        await pause(LOOK_MS);
      }
    },
    async cancel(job, submitted) {
      await call(deps, job, "StopTask", { ...named(submitted), Reason: "Stopped by AWS Step Functions" });
    },
  };
}
