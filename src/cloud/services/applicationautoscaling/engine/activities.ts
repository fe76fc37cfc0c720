import type { NotScaledReason } from "@aws-sdk/client-application-auto-scaling";
import type { Timer } from "../../../core/clock.ts";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { ApplicationAutoScalingPorts } from "../index.ts";
import { activities, type ActivityRow } from "../state.ts";
import { capacityOf, setDesired } from "./ecs.ts";

const DAY_MS = 86_400_000;
/** "Provides descriptive information about the scaling activities … from the previous six weeks." */
const KEPT_MS = 42 * DAY_MS;
/** How often the service is looked at while it moves to the new count: each second, and after a minute every five. */
const LOOK_MS = 1000;
const LOOK_LATER_MS = 5000;
/** AWS does not say when a change that the service cannot make is given up ("Scaling timed out"). */
const GIVEN_UP_MS = 900_000;

/**
 * Scaling activities in AWS's words ("Scaling activities for Application Auto Scaling", User Guide), and the watch over those
 * whose change the service has yet to fulfil.
 */
export class Activities {
  private readonly deps: ApplicationAutoScalingPorts;
  private readonly timers = new Map<string, Timer>();

  constructor(deps: ApplicationAutoScalingPorts) {
    this.deps = deps;
  }

  /** Goes on waiting for what was under way in an earlier run. */
  start(): void {
    for (const scope of this.deps.store.scopes("application-autoscaling.activities"))
      for (const row of activities(this.deps.store, scope).values()) if (row.waitsFor !== undefined) this.watch(scope, row.id);
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Sets a service's desired count. @returns whether ECS took it */
  async setCapacity(scope: Scope, resourceId: string, to: number, cause: string): Promise<boolean> {
    const row = this.write(scope, { resourceId, description: `Setting desired count to ${to}.`, cause, status: "InProgress" });
    try {
      await setDesired(this.deps, scope, resourceId, to);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.end(scope, row.id, { status: "Failed", message: `Failed to set desired count to ${to}. Reason: ${error.message}` });
      return false;
    }
    const table = activities(this.deps.store, scope);
    for (const other of table.filter((one) => one.resourceId === resourceId && one.waitsFor !== undefined)) this.override(scope, other);
    table.update(row.id, { message: `Successfully set desired count to ${to}. Waiting for change to be fulfilled by ecs.`, waitsFor: to });
    await this.look(scope, row.id);
    return true;
  }

  /** A policy that did nothing. The same again changes nothing: an alarm repeats its action every minute. */
  notScaled(scope: Scope, resourceId: string, cause: string, reason: NotScaledReason): void {
    const [last] = this.of(scope, resourceId);
    if (last?.reasons && last.cause === cause && JSON.stringify(last.reasons) === JSON.stringify([reason])) return;
    const description = "Attempting to scale due to alarm triggered";
    this.write(scope, { resourceId, description, cause, status: "Failed", reasons: [reason] });
  }

  write(scope: Scope, activity: Omit<ActivityRow, "id" | "startedAt">): ActivityRow {
    const table = activities(this.deps.store, scope);
    const now = this.deps.clock.now();
    for (const old of table.filter((row) => row.startedAt < now - KEPT_MS && row.waitsFor === undefined)) table.delete(old.id);
    const id = this.deps.ids.uuid();
    return table.set(id, { ...activity, id, startedAt: now });
  }

  /** A target's activities, or all; the newest first. */
  of(scope: Scope, resourceId?: string): ActivityRow[] {
    return activities(this.deps.store, scope)
      .filter((row) => resourceId === undefined || row.resourceId === resourceId)
      .reverse()
      .sort((a, b) => b.startedAt - a.startedAt);
  }

  private end(scope: Scope, id: string, { status, message }: Pick<ActivityRow, "status" | "message">): void {
    const { waitsFor: _over, ...row } = activities(this.deps.store, scope).get(id)!;
    activities(this.deps.store, scope).set(id, { ...row, status, ...(message === undefined ? {} : { message }), endedAt: this.deps.clock.now() });
  }

  private override(scope: Scope, { id, waitsFor }: ActivityRow): void {
    this.end(scope, id, { status: "Overridden", message: `Successfully set desired count to ${waitsFor}. It was updated by a newer scaling event.` });
  }

  /** Has the service the count that an activity set? */
  private async look(scope: Scope, id: string): Promise<void> {
    const row = activities(this.deps.store, scope).get(id);
    if (row?.waitsFor === undefined) return;
    const { waitsFor, resourceId, startedAt } = row;
    const service = await capacityOf(this.deps, scope, resourceId);
    const set = `Successfully set desired count to ${waitsFor}.`;
    if (service?.desired === waitsFor && service.running === waitsFor)
      return this.end(scope, id, { status: "Successful", message: `${set} Change successfully fulfilled by ecs.` });
    if (service && service.desired !== waitsFor) return this.override(scope, row);
    if (!service || this.deps.clock.now() - startedAt >= GIVEN_UP_MS)
      return this.end(scope, id, { status: "Unfulfilled", message: `${set} The change was not fulfilled by ecs in time.` });
    this.watch(scope, id);
  }

  private watch(scope: Scope, id: string): void {
    const { clock, store } = this.deps;
    const age = clock.now() - activities(store, scope).get(id)!.startedAt;
    const timer = clock.setTimer(age < 60_000 ? LOOK_MS : LOOK_LATER_MS, async () => {
      this.timers.delete(id);
      await clock.during(this.look(scope, id));
    });
    this.timers.set(id, timer);
  }
}
