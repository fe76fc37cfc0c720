import type { HistoryItemType } from "@aws-sdk/client-cloudwatch";
import type { Scope } from "../../../core/scope.ts";
import type { CloudWatchDeps } from "../index.ts";
import { history } from "../state.ts";

/** "CloudWatch preserves alarm history for 30 days" (CloudWatch User Guide, Common features of alarms). */
const KEEP = 30 * 24 * 3_600_000;

/** Adds an item to an alarm's history. */
export function record(
  deps: Pick<CloudWatchDeps, "store" | "clock" | "ids">,
  scope: Scope,
  item: { alarm: string; type: HistoryItemType; summary: string; data: object },
): void {
  const at = deps.clock.now();
  const key = `${String(at).padStart(15, "0")}|${deps.ids.hex(12)}`;
  history(deps.store, scope).set(key, {
    alarm: item.alarm,
    at,
    type: item.type,
    summary: item.summary,
    data: JSON.stringify({ version: "1.0", ...item.data }),
  });
}

/** Forgets what is too old. */
export function expireHistory(deps: Pick<CloudWatchDeps, "store" | "clock">): void {
  for (const scope of deps.store.scopes("cloudwatch.history")) {
    for (const [key, row] of history(deps.store, scope).entries()) if (row.at < deps.clock.now() - KEEP) history(deps.store, scope).delete(key);
  }
}
