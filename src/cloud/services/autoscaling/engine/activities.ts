import type { ScalingActivityStatusCode } from "@aws-sdk/client-auto-scaling";
import type { Scope } from "../../../core/scope.ts";
import type { AutoScalingPorts } from "../index.ts";
import { activities, groups } from "../state.ts";
import type { ActivityRow, GroupRow, SubnetRef } from "../state.ts";

type Deps = Pick<AutoScalingPorts, "store" | "clock" | "ids">;

/** "All activities for the past six weeks are described." */
const KEEP = 42 * 24 * 3_600_000;

export function beginActivity(
  deps: Deps,
  scope: Scope,
  group: GroupRow,
  activity: { kind: ActivityRow["kind"]; cause: string; subnet: SubnetRef; instanceId?: string },
): ActivityRow {
  const table = activities(deps.store, scope);
  const now = deps.clock.now();
  for (const old of table.filter((row) => (row.endedAt ?? now) < now - KEEP)) table.delete(old.id);
  const id = deps.ids.uuid();
  const description = activity.kind === "launch" ? "Launching a new EC2 instance" : `Terminating EC2 instance: ${activity.instanceId}`;
  return table.set(id, { id, group: group.name, groupArn: group.arn, startedAt: now, status: "InProgress", progress: 0, description, ...activity });
}

/** @returns the activity as it is then; undefined when it had ended before */
export function endActivity(deps: Deps, scope: Scope, id: string, status: ScalingActivityStatusCode, message?: string): ActivityRow | undefined {
  const table = activities(deps.store, scope);
  const row = table.get(id);
  if (!row || row.endedAt !== undefined) return undefined;
  const description = message === undefined ? row.description : `${row.description}.  Status Reason: ${message}`;
  return table.update(id, { status, endedAt: deps.clock.now(), progress: 100, description, ...(message === undefined ? {} : { message }) });
}

/** Simple scaling waits from here on: "the cooldown period takes effect starting when the last instance finishes launching or terminating". */
export function beginCooldown(deps: Deps, scope: Scope, name: string): void {
  const table = groups(deps.store, scope);
  const group = table.get(name);
  if (group) table.update(name, { cooldown: { since: deps.clock.now(), seconds: group.cooldown?.seconds ?? group.defaultCooldown } });
}

/** The activity that blocks simple scaling: one in progress, or the last one while the cooldown lasts. */
export function blockingActivity(deps: Deps, scope: Scope, group: GroupRow): string | undefined {
  const own = activities(deps.store, scope).filter((row) => row.group === group.name);
  const busy = own.find((row) => row.endedAt === undefined);
  if (busy) return busy.id;
  const { cooldown } = group;
  if (!cooldown || deps.clock.now() >= cooldown.since + cooldown.seconds * 1000) return undefined;
  return own.toSorted((a, b) => b.startedAt - a.startedAt)[0]?.id;
}
