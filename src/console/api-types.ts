/**
 * What the console's page and its server say to each other. Only types: the page imports it too.
 *
 * | request | answer |
 * |---|---|
 * | `GET /?token=…` | sets the cookie, and leads to `/` |
 * | `GET /api/overview` | `Overview` |
 * | `GET /api/events[?leaf=name]` | server-sent events: `overview` (`Overview`), with `leaf` also `leaf` (`LeafDetail`); first at once, then at each change; `problem` (`Problem`) while the cloud cannot be reached, `recovered` ({}) when it can be again |
 * | `GET /api/leaves/<name>` | `LeafDetail` |
 * | `GET /api/leaves/<name>/logs?since=<seconds>` | server-sent events: `line` (`LogLineView`), the old ones first, then what comes; `problem` |
 * | `POST /api/leaves/<name>/wake`, `/sleep`, `/run` | `Done`, or an error: status 4xx or 5xx with `Problem` |
 *
 * All times are ISO 8601 on the environment's clock; `now` says what that is.
 */
import type { Alert, Wake } from "../operate/history-types.ts";
import type { Use } from "../operate/idle-types.ts";
import type { LeafStatus } from "../operate/leaf-state.ts";
import type { CostSoFar } from "../operate/month-cost.ts";
import type { LivePath, PathStep } from "../operate/path-types.ts";
import type { ResourceView } from "../operate/resource-types.ts";

export interface Overview {
  readonly application: string;
  readonly environment: string;
  readonly region: string;
  /** The environment's time. */
  readonly now: string;
  /** How many times faster its time passes than the page's; 1 on AWS. */
  readonly speed: number;
  readonly leaves: readonly LeafCard[];
  /** US dollars of the present month so far for everything, and what all of it would have cost always on; null until it is known. */
  readonly cost: CostSoFar | null;
}

export type { CostSoFar };

export interface LeafCard {
  readonly name: string;
  readonly kind: "dns" | "engine" | "task" | "service";
  /** In words: `a DNS query`, `HTTP, events`, `cron(0 * * * ? *)`, `always on`. */
  readonly wakes: string;
  readonly status: LeafStatus;
  /** What somebody would paste to reach it: `minecraft.example.com:25565`, a URL. Asleep, too, where a visit wakes it. */
  readonly copy: string | null;
  /** The last half hour. Null where it is not measured. */
  readonly use: Use | null;
  readonly cost: CostSoFar | null;
  readonly can: { readonly wake: boolean; readonly sleep: boolean; readonly run: boolean };
}

export interface LeafDetail {
  readonly card: LeafCard;
  readonly path: LivePath;
  /** The newest first, of 30 days, at most 200. */
  readonly wakes: readonly Wake[];
  readonly alerts: readonly Alert[];
  readonly resources: readonly ResourceView[];
  /** The last three hours, for the chart. */
  readonly use: Use | null;
}

export type { LivePath, PathStep };

export type { ResourceView };

export interface LogLineView {
  readonly at: string;
  readonly task: string;
  readonly message: string;
}

export interface Done {
  /** `Waking hello.` */
  readonly message: string;
}

export interface Problem {
  /** What is wrong and what to do, in a sentence or two. */
  readonly message: string;
}
