import type { Glance } from "./glance.ts";
import { span } from "./words.ts";

/** Something that happened to a leaf between two looks. */
export interface Change {
  /** ISO 8601, the environment's time of the look that saw it. */
  readonly at: string;
  readonly leaf: string;
  /** In words: `is awake at 127.77.0.1 after 42 s, woken by …`. */
  readonly what: string;
}

/** What has changed from one look to the next, in words. @param before undefined at the first look: then it says how it is */
export function changesOf(before: Glance | undefined, after: Glance): Change[] {
  const change = (what: string): Change => ({ at: after.now, leaf: after.name, what });
  if (!before || before.state !== after.state) return [change(stateChange(before, after))];
  const changes: Change[] = [];
  if (after.address !== before.address && after.address !== null) changes.push(change(`is at ${after.address} now`));
  if (after.state === "waking" && after.waitsFor !== undefined && part(after.waitsFor) !== part(before.waitsFor))
    changes.push(change(`waits for ${after.waitsFor}`));
  if (after.reason !== undefined && after.reason !== before.reason) changes.push(change(after.reason));
  const [last, lastBefore] = [after.runs?.last, before.runs?.last];
  if (last && last.stoppedAt !== lastBefore?.stoppedAt && !last.failed) changes.push(change(`a run ended: ${last.how}`));
  return changes;
}

/** Without what changes all the time. */
const part = (waitsFor: string | undefined): string | undefined => waitsFor?.split(":")[0];

function stateChange(before: Glance | undefined, { state, now, since, address, wokenBy, waitsFor, reason }: Glance): string {
  const by = wokenBy === undefined ? "" : `, woken by ${wokenBy}`;
  const why = reason === undefined ? "" : `: ${reason}`;
  switch (state) {
    case "awake": {
      const took = before?.state === "waking" && before.since !== null ? ` after ${span(Date.parse(now) - Date.parse(before.since))}` : "";
      return `is awake${address === null ? "" : ` at ${address}`}${took}${before?.state === "waking" ? "" : by}`;
    }
    case "waking":
      return `is waking${by}${waitsFor === undefined ? "" : `; waits for ${waitsFor}`}`;
    case "falling asleep":
      return "falls asleep";
    case "asleep": {
      const was = before?.state === "awake" && before.since !== null ? ` after ${span(Date.parse(now) - Date.parse(before.since))}` : "";
      return `is asleep${was}${why}`;
    }
    case "crashed":
      return `has crashed${why}`;
    case "not deployed":
      return `is not deployed${since === null ? "" : why}`;
  }
}
