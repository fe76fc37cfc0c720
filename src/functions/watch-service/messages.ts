import type { Message } from "../shared/aws-tell.ts";
import { noticeOf } from "../shared/notice.ts";
import { isCapacityReason } from "../shared/stopped.ts";
import { asSubject } from "../shared/subject.ts";
import { lastLines, noticeLines } from "../shared/tail.ts";
import type { Announcement, Config, Observation } from "./watch-service.ts";

/** @param lines the last ones of what ended */
export function messageFor(
  { occasion, task, why, stops = 0 }: Announcement,
  observed: Observation,
  config: Config,
  lines: readonly string[] = [],
): Message {
  const { leaf, logGroup } = config;
  const of = { of: task, now: observed.now };
  const tail = { lines };
  const { desired, running, primary } = observed;
  const tasks = `${running} of ${desired} ${desired === 1 ? "task" : "tasks"}`;
  const log = `Its log is ${logGroup}.`;
  switch (occasion) {
    case "failed": {
      const isBack = !primary.id.endsWith(task) && running > 0;
      return {
        subject: asSubject(`${leaf}: new version failed${isBack ? ", rolled back" : ""}: ${why}`),
        body: [
          `The new version of ${leaf} did not come up: ${why}.`,
          isBack
            ? `ECS has rolled it back. The version before it (${primary.definition}) runs on, ${tasks}.`
            : `There is no version before it that runs (${tasks}).`,
          log,
          ...lastLines(tail),
        ].join("\n"),
        notice: noticeOf(
          config,
          { occasion: "deployment-failed", ...of },
          { why: `${why}${isBack ? ", and was rolled back" : ""}`, ...noticeLines(tail) },
        ),
      };
    }
    case "crashing":
      return {
        subject: asSubject(`${leaf} keeps crashing: ${why}`),
        body: [
          `Tasks of ${leaf} ended by themselves ${stops} times: ${why}.`,
          `ECS starts them again and again, ever more slowly; now there are ${tasks}. You hear of it again when it has been quiet in between.`,
          log,
          ...lastLines(tail),
        ].join("\n"),
        notice: noticeOf(config, { occasion: "crashed", ...of }, { why: `${why} (${stops} times)`, ...noticeLines(tail) }),
      };
    case "unplaced": {
      const placed = `${primary.running} of ${primary.desired} tasks`;
      return {
        subject: asSubject(`${leaf} lacks room: ${placed} run`),
        body: `ECS finds no place for a task of ${leaf} (${why || "it does not say why"}): ${placed} of ${primary.definition} run. It tries again by itself.${hint(why)}`,
        notice: noticeOf(config, { occasion: "unplaced", ...of }, { why: `${placed} run${why === "" ? "" : `: ${why}`}` }),
      };
    }
  }
}

/** ECS's reasons for a task without a place (Amazon ECS Developer Guide, "Service event messages" and "API failures messages"). */
function hint(why: string): string {
  if (why.startsWith("RESOURCE:FARGATE") || isCapacityReason(why))
    return "\nFargate is out of capacity there; Spot is short more often than on-demand (compute.on: fargate).";
  if (why.startsWith("RESOURCE:")) return "\nNo instance has enough of it: see compute.memory, compute.instanceType and scale.max.";
  return "";
}
