import type { GroupRow } from "../state.ts";

const DAY_MS = 86_400_000;

/**
 * Events before this time are expired. They are gone from every answer at once; AWS deletes them up to 72 hours later and
 * does not promise when ("Change log data retention", CloudWatch Logs User Guide).
 */
export const horizon = (group: Pick<GroupRow, "retentionInDays">, now: number): number =>
  group.retentionInDays === undefined ? Number.NEGATIVE_INFINITY : now - group.retentionInDays * DAY_MS;
