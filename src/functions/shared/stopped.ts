import type { StopMark } from "./engine.ts";
import type { SeenContainer, SeenTask } from "./seen-task.ts";

/** Begins the reason that reconcile-engine gives with StopTask: afterwards it is all that tells why, for a stopped task has no tags. */
const BY_ROUSE = "Rouse: ";

const WHY: Record<StopMark["by"], string> = {
  idle: "nobody used it",
  "left-up": "it was up for longer than its watchdog allows",
  duplicate: "another task of it was there already",
  event: "an event asked for it",
  api: "a request to the API asked for it",
  workflow: "a workflow asked for it",
  schedule: "its schedule says so",
  cli: "somebody asked for it",
};

/** For StopTask, where the whole engine goes. */
export const DELETED = `${BY_ROUSE}its stack was deleted`;

/** For StopTask: at most 255 characters (Amazon ECS API reference, StopTask, reason). */
export const stopReason = ({ by }: StopMark): string => `${BY_ROUSE}${WHY[by] ?? by}`;

/** What ECS says of a stopped task. */
export interface Stopped extends Pick<SeenTask, "stopCode" | "stoppedReason"> {
  readonly containers: readonly Pick<SeenContainer, "name" | "exitCode" | "reason">[];
}

/** Why a task ended, in words for people: `its container exited with code 137 (OutOfMemoryError…)`. */
export function howEnded({ stopCode, stoppedReason, containers }: Stopped): string {
  if (stoppedReason?.startsWith(BY_ROUSE)) return stoppedReason.slice(BY_ROUSE.length);
  const failed =
    containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0) ?? containers.find(({ exitCode }) => exitCode !== undefined);
  const detail = containers.find(({ reason }) => reason)?.reason ?? stoppedReason ?? "";
  switch (stopCode) {
    case "EssentialContainerExited":
      return failed ? `its container ${failed.name} exited with code ${failed.exitCode}${failed.reason ? ` (${failed.reason})` : ""}` : detail;
    case "TaskFailedToStart":
      return `it could not start: ${detail || "ECS does not say why"}`;
    case "SpotInterruption":
      return "its spot capacity was taken back";
    case "TerminationNotice":
      return "its instance was terminated";
    case "UserInitiated":
      return `it was stopped by hand${stoppedReason ? ` (${stoppedReason})` : ""}`;
    case undefined:
    default:
      return detail || "ECS does not say why";
  }
}

/** Stopped by reconcile-engine, for one of these reasons. */
export const isStoppedBy = ({ stoppedReason }: SeenTask, ...by: StopMark["by"][]): boolean =>
  by.some((one) => stoppedReason === `${BY_ROUSE}${WHY[one]}`);

/** Fargate had no place for it: "Capacity is unavailable at this time…" (Amazon ECS Developer Guide, "Stopped tasks error messages"). */
export const isCapacityFailure = ({ stopCode, stoppedReason }: Pick<SeenTask, "stopCode" | "stoppedReason">): boolean =>
  stopCode === "TaskFailedToStart" && isCapacityReason(stoppedReason ?? "");

export const isCapacityReason = (reason: string): boolean => /capacity is unavailable/i.test(reason);
