import { MARKS } from "./names.ts";

/** The last wake: written by whoever raises the desired count, before raising it. Times are ISO 8601. */
export interface WakeMark {
  /** When the query was asked, or the command was given. */
  readonly at: string;
  /** When the function that wakes saw the query. */
  readonly noticed?: string;
  readonly by: "dns" | "cli";
  /** Address of the resolver that asked (`dns`), or who gave the command (`cli`). */
  readonly who?: string;
  /** The clients' network, where the resolver told it (EDNS client subnet). */
  readonly subnet?: string;
}

/** A crash loop that was broken. It holds until `until`, until another task definition is deployed, or until it is deleted. */
export interface CrashMark {
  readonly at: string;
  readonly until: string;
  /** How often in a row it was broken again after the back-off; 0 the first time. */
  readonly strikes: number;
  /** The task definition that crashed, `family:revision`. */
  readonly task: string;
  readonly stops: number;
  /** The last stop's reason, cut short. */
  readonly reason: string;
}

/** Its watchdog's alarms could not be made. Counts for the wake before it. */
export interface UnwatchedMark {
  /** The first time. */
  readonly at: string;
  /** When it was put to sleep for it. */
  readonly stopped?: string;
  readonly reason: string;
}

export interface Marks {
  readonly wake?: WakeMark;
  readonly crashed?: CrashMark;
  readonly unwatched?: UnwatchedMark;
}

const LONGEST_TAG_VALUE = 256;

/** A mark as a tag's value. The free text in it is cut so that the whole fits. */
export function writeMark(mark: WakeMark | CrashMark | UnwatchedMark): string {
  const whole = JSON.stringify(mark);
  if (whole.length <= LONGEST_TAG_VALUE || !("reason" in mark)) return whole.slice(0, LONGEST_TAG_VALUE);
  const over = whole.length - LONGEST_TAG_VALUE;
  return JSON.stringify({ ...mark, reason: mark.reason.slice(0, Math.max(0, mark.reason.length - over)) });
}

/** Reads the marks from a group's tags. A mark that cannot be read counts as absent: it may have been edited by hand. */
export function readMarks(tags: readonly { readonly Key?: string; readonly Value?: string }[]): Marks {
  const value = (key: string): unknown => {
    const text = tags.find((tag) => tag.Key === key)?.Value;
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  };
  const wake = value(MARKS.wake);
  const crashed = value(MARKS.crashed);
  const unwatched = value(MARKS.unwatched);
  return {
    ...(isDated(wake) ? { wake: wake as unknown as WakeMark } : {}),
    ...(isDated(crashed) && isDate(crashed["until"]) ? { crashed: crashed as unknown as CrashMark } : {}),
    ...(isDated(unwatched) ? { unwatched: unwatched as unknown as UnwatchedMark } : {}),
  };
}

const isDate = (value: unknown): boolean => typeof value === "string" && !Number.isNaN(Date.parse(value));
const isDated = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && isDate((value as Record<string, unknown>)["at"]);

/** `family:revision` of a task definition's ARN. */
export const taskOf = (taskDefinitionArn: string | undefined): string => taskDefinitionArn?.split("/").at(-1) ?? "";

/** True while a crash loop's mark forbids that a DNS query starts the leaf. @param currentTask what the service runs now. */
export const crashHolds = (mark: CrashMark | undefined, now: number, currentTask?: string): boolean =>
  mark !== undefined && now < Date.parse(mark.until) && (currentTask === undefined || currentTask === mark.task);
