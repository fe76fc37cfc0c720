import type { Message } from "../shared/aws-tell.ts";
import type { Marks } from "../shared/marks.ts";
import type { LeafId } from "../shared/names.ts";
import { noticeOf } from "../shared/notice.ts";
import type { SleptLine } from "../shared/record.ts";
import { lastLines, noticeLines } from "../shared/tail.ts";
import { costOf, upAndCost } from "../shared/words.ts";
import { leftUpMessage } from "./left-up.ts";
import type { Occasion, Published } from "./reconcile.ts";

/** A scaling activity of the group, the latest first. */
export interface Activity {
  readonly cause: string;
  readonly at: number;
  /** `Launching a new EC2 instance: i-…`, `Terminating EC2 instance: i-…`. */
  readonly description?: string;
  readonly endedAt?: number;
  /** Why it has failed. */
  readonly failed?: string;
}

export interface About extends LeafId {
  readonly domain: string;
  readonly ports: readonly string[];
  readonly idleAlarm: string;
  readonly leftUpAlarm: string;
  /** Seconds. */
  readonly leftUp: { readonly after: number; readonly stop: boolean };
  /** Bytes per second: less of it is idleness. */
  readonly idleBelow: number;
  /** What an hour awake costs, US dollars; empty where no price is known. */
  readonly hourUsd: string;
}

/** What a message tells of. */
export interface Facts {
  readonly marks: Marks;
  readonly activities: readonly Activity[];
  readonly now: number;
  readonly instance?: string;
  /** Milliseconds; when the instance was launched. */
  readonly upSince?: number | undefined;
  /** For one that has ended. */
  readonly upSeconds?: number | undefined;
  /** The end of the log of what crashed. */
  readonly log?: readonly string[];
}

/** A wake older than that did not bring up the instance that is starting now. */
export const WAKE_MS = 15 * 60_000;

export function messageFor(occasion: Occasion, after: Published, about: About, facts: Facts): Message {
  const { leaf, domain } = about;
  const { instance = "", now, marks } = facts;
  switch (occasion) {
    case "starting": {
      const why = whoWoke(marks, now);
      return {
        subject: `${leaf} is starting`,
        body: `${domain} is starting: ${why}.\nYou will hear again when it is up.`,
        notice: noticeOf(about, { occasion: "starting", of: instance, now }, { why }),
      };
    }
    case "up":
      return {
        subject: `${leaf} is up`,
        body: `${domain} is up. Connect to ${about.ports.map((port) => `${domain} port ${port}`).join(" or ")} (address ${after.address}).`,
        notice: noticeOf(about, { occasion: "ready", of: instance, now }, { address: addressOf(about) }),
      };
    case "left-up":
      return leftUpMessage(about, { instance, now, upSince: facts.upSince ?? Date.parse(marks.wake?.at ?? new Date(now).toISOString()) });
    case "stopped":
      return stoppedMessage(about, facts);
  }
}

/** `minecraft.example.com:25565`, or the name where it has no port to speak of. */
export function addressOf({ domain, ports }: Pick<About, "domain" | "ports">): string {
  const port = ports[0]?.split("/")[0];
  return port === undefined ? domain : `${domain}:${port}`;
}

function stoppedMessage(about: About, facts: Facts): Message {
  const { leaf, domain } = about;
  const { instance = "", now, upSeconds, log = [] } = facts;
  const why = whyStopped(about, facts);
  const up = upSeconds === undefined ? {} : { upSeconds, ...costOf(upSeconds, about.hourUsd) };
  const isCrash = why.code === "crashed";
  const body = [`${domain} has stopped: ${why.long}`, upAndCost(up), ...(isCrash ? lastLines({ lines: log }) : [])].filter(
    (line, index) => index > 1 || line !== "",
  );
  return {
    subject: `${leaf} has stopped: ${why.short}`,
    body: body.join("\n"),
    notice: noticeOf(
      about,
      { occasion: isCrash ? "crashed" : "stopped", of: instance, now },
      { why: isCrash ? why.long.replace(/\.$/, "") : why.short, ...up, ...(isCrash ? noticeLines({ lines: log }) : {}) },
    ),
  };
}

function whoWoke({ wake }: Marks, now: number): string {
  if (!wake || now - Date.parse(wake.at) > WAKE_MS) return "its desired count was raised by hand, or Auto Scaling replaced its instance";
  if (wake.by === "cli") return `woken from the command line at ${wake.at}${wake.who ? ` by ${wake.who}` : ""}`;
  return `a DNS query at ${wake.at} from resolver ${wake.who ?? "unknown"}${wake.subnet ? ` for clients in ${wake.subnet}` : ""}`;
}

/**
 * Read from the state: a crash loop's mark, else the group's latest activity that brought the desired count to 0. Auto
 * Scaling names the alarm in it (`… a monitor alarm <name> in state ALARM triggered policy …`), or says `a user request`
 * (Amazon EC2 Auto Scaling User Guide, "Verify a scaling activity for an Auto Scaling group").
 */
export function whyStopped(
  about: Pick<About, "idleAlarm" | "leftUpAlarm">,
  facts: { marks: Marks; activities: readonly Activity[] },
): { code: SleptLine["why"]; short: string; long: string } {
  const { crashed, wake } = facts.marks;
  if (crashed && (!wake || Date.parse(crashed.at) > Date.parse(wake.at))) {
    return {
      code: "crashed",
      short: "it keeps crashing",
      long: `its container stopped by itself ${crashed.stops} times in a row (last: ${crashed.reason}). DNS queries do not start it again before ${crashed.until}, unless it is deployed anew or woken by hand.`,
    };
  }
  const { unwatched } = facts.marks;
  if (unwatched?.stopped && (!wake || Date.parse(unwatched.stopped) > Date.parse(wake.at))) {
    return {
      code: "other",
      short: "it had no watchdog",
      long: `the alarms that put it to sleep could not be made, and nothing may stay up without them (${unwatched.reason}). A DNS query tries again.`,
    };
  }
  const cause = facts.activities.find((activity) => / to 0\b/.test(activity.cause))?.cause ?? facts.activities[0]?.cause;
  if (cause?.includes(`alarm ${about.idleAlarm} `)) return { code: "idle", short: "idle", long: "nobody used it." };
  if (cause?.includes(`alarm ${about.leftUpAlarm} `))
    return { code: "left-up", short: "left up too long", long: "it was up for longer than its watchdog allows." };
  if (cause?.includes("user request")) return { code: "hand", short: "stopped by hand", long: "its desired count was set to 0 by hand." };
  return { code: "other", short: "reason unknown", long: cause ?? "Auto Scaling does not say why." };
}
