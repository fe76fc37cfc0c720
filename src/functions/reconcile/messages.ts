import type { Message } from "../shared/aws-tell.ts";
import type { Marks } from "../shared/marks.ts";
import type { LeafId } from "../shared/names.ts";
import { leftUpMessage } from "./left-up.ts";
import type { Occasion, Published } from "./reconcile.ts";

/** A scaling activity of the group, the latest first. */
export interface Activity {
  readonly cause: string;
  readonly at: number;
}

export interface About extends LeafId {
  readonly domain: string;
  readonly ports: readonly string[];
  readonly idleAlarm: string;
  readonly leftUpAlarm: string;
  /** Seconds. */
  readonly leftUp: { readonly after: number; readonly stop: boolean };
}

/** A wake older than that did not bring up the instance that is starting now. */
const WAKE_MS = 15 * 60_000;

export function messageFor(
  occasion: Occasion,
  after: Published,
  about: About,
  facts: { marks: Marks; activities: readonly Activity[]; now: number; instance?: string; upSince?: number | undefined },
): Message {
  const { leaf, domain } = about;
  switch (occasion) {
    case "starting":
      return {
        subject: `${leaf} is starting`,
        body: `${domain} is starting: ${whoWoke(facts.marks, facts.now)}\nYou will hear again when it is up.`,
      };
    case "up":
      return {
        subject: `${leaf} is up`,
        body: `${domain} is up. Connect to ${about.ports.map((port) => `${domain} port ${port}`).join(" or ")} (address ${after.address}).`,
      };
    case "left-up": {
      const { instance = "", now, marks } = facts;
      return leftUpMessage(about, { instance, now, upSince: facts.upSince ?? Date.parse(marks.wake?.at ?? new Date(now).toISOString()) });
    }
    case "stopped": {
      const why = whyStopped(about, facts);
      return { subject: `${leaf} has stopped: ${why.short}`, body: `${domain} has stopped: ${why.long}` };
    }
  }
}

function whoWoke({ wake }: Marks, now: number): string {
  if (!wake || now - Date.parse(wake.at) > WAKE_MS) return "its desired count was raised by hand, or Auto Scaling replaced its instance.";
  if (wake.by === "cli") return `woken from the command line at ${wake.at}${wake.who ? ` by ${wake.who}` : ""}.`;
  return `a DNS query at ${wake.at} from resolver ${wake.who ?? "unknown"}${wake.subnet ? ` for clients in ${wake.subnet}` : ""}.`;
}

/**
 * Read from the state: a crash loop's mark, else the group's latest activity that brought the desired count to 0. Auto
 * Scaling names the alarm in it (`… a monitor alarm <name> in state ALARM triggered policy …`), or says `a user request`
 * (Amazon EC2 Auto Scaling User Guide, "Verify a scaling activity for an Auto Scaling group").
 */
export function whyStopped(
  about: Pick<About, "idleAlarm" | "leftUpAlarm">,
  facts: { marks: Marks; activities: readonly Activity[] },
): { short: string; long: string } {
  const { crashed, wake } = facts.marks;
  if (crashed && (!wake || Date.parse(crashed.at) > Date.parse(wake.at))) {
    return {
      short: "it keeps crashing",
      long: `its container stopped by itself ${crashed.stops} times in a row (last: ${crashed.reason}). DNS queries do not start it again before ${crashed.until}, unless it is deployed anew or woken by hand.`,
    };
  }
  const { unwatched } = facts.marks;
  if (unwatched?.stopped && (!wake || Date.parse(unwatched.stopped) > Date.parse(wake.at))) {
    return {
      short: "it had no watchdog",
      long: `the alarms that put it to sleep could not be made, and nothing may stay up without them (${unwatched.reason}). A DNS query tries again.`,
    };
  }
  const cause = facts.activities.find((activity) => / to 0\b/.test(activity.cause))?.cause ?? facts.activities[0]?.cause;
  if (cause?.includes(`alarm ${about.idleAlarm} `)) return { short: "idle", long: "nobody used it." };
  if (cause?.includes(`alarm ${about.leftUpAlarm} `)) return { short: "left up too long", long: "it was up for longer than its watchdog allows." };
  if (cause?.includes("user request")) return { short: "stopped by hand", long: "its desired count was set to 0 by hand." };
  return { short: "reason unknown", long: cause ?? "Auto Scaling does not say why." };
}
