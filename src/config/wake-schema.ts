import { z } from "zod";
import { pathPattern, timeZone, userAgent } from "./engine-values.ts";
import { textMap } from "./container-schema.ts";
import { cidr, count, list, setting, words } from "./pieces.ts";
import { scheduleExpression } from "./schedule-values.ts";
import { duration } from "./values.ts";

export const WAKE_ALLOWED =
  "dns, event, http, [event, http], always, {schedule: cron(…)}, {dns: {ignore}} or {event: {}, http: {hold, ignore}}; a schedule takes timezone, enabled, retries, overlap and input beside it";
/** What can wake a leaf. */
export const WAKES = ["dns", "event", "http", "schedule", "always"] as const;
/** Keys of `wake` that say more of its schedule. */
export const SCHEDULE_OPTIONS = ["timezone", "enabled", "retries", "overlap", "input"] as const;

const dns = z
  .strictObject({
    ignore: z
      .strictObject({
        resolvers: list(cidr("Resolvers whose queries do not count."), {
          description: "Address ranges (CIDR) of resolvers whose queries wake nothing: scanners, monitors.",
          allowed: "a list of CIDR ranges",
        }).prefault([]),
      })
      .meta({ description: "Queries that wake nothing.", allowed: "{resolvers: [cidr, …]}" })
      .prefault({}),
  })
  .meta({ description: "A DNS query for the leaf's name (A record, exact name) wakes it.", allowed: "{ignore: {resolvers: [cidr, …]}}" });

const event = z.strictObject({}).meta({
  description:
    "Events start and stop it by its name: source custom.app, detail-type Start ECS Task or Stop ECS Tasks. So do the API, workflows and schedules of rouse.yaml.",
  allowed: "{}",
});

const http = z
  .strictObject({
    // The longest that Lambda lets a function run is 15 minutes, and the function needs time to answer.
    hold: duration("How long a request waits for the leaf before it is answered with 503 and Retry-After. A browser gets a waiting page at once.", {
      min: 0,
      max: 14 * 60,
    }).prefault("55s"),
    ignore: z
      .strictObject({
        userAgents: list(userAgent, {
          description: "User agents whose requests wake nothing, besides the bots and monitors that are known.",
          allowed: "a list of regular expressions, such as [UptimeRobot, ^curl/]",
        }).prefault([]),
        paths: list(pathPattern("A path whose requests wake nothing."), {
          description: "Paths whose requests wake nothing.",
          allowed: "a list of path patterns, such as [/ping, /status/*]",
        }).prefault([]),
      })
      .meta({ description: "Requests that wake nothing.", allowed: "{userAgents: [regex, …], paths: [pattern, …]}" })
      .prefault({}),
  })
  .meta({ description: "A request to the leaf's `route` wakes it.", allowed: "{hold, ignore: {userAgents, paths}}" });

const always = z.strictObject({}).meta({ description: "It is always on: a service that keeps as many tasks as `scale` says.", allowed: "{}" });

const MOST_SCHEDULES = 5;
const schedule = z
  .union([scheduleExpression, z.array(scheduleExpression).min(1).max(MOST_SCHEDULES)])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .meta({
    description: "When it runs, once per tick: `cron(minutes hours day-of-month month day-of-week year)`, `rate(5 minutes)`, or a list of them.",
    allowed: "cron(0 * * * ? *), rate(1 hour), or a list of at most 5",
  });

const scheduleOptions = {
  timezone: timeZone.optional(),
  enabled: z
    .union([
      z.boolean().meta({ description: "In every environment.", allowed: "true or false" }),
      z.record(
        setting("environment", "^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$", "the name of an environment"),
        z.boolean().meta({ description: "In this environment.", allowed: "true or false" }),
      ),
    ])
    .meta({
      description: "Schedule: whether it ticks, in every environment or by environment. Default, and for environments that are not named: true.",
      allowed: "true, false or a map such as {staging: false, prod: true}",
    })
    .optional(),
  retries: count({ min: 0, max: 10, description: "Schedule: how often a start that failed is tried again. Default: 2." }).optional(),
  overlap: z
    .literal(["skip", "allow"])
    .meta({
      description:
        "Schedule: what becomes of a tick while the run before it goes on. `skip`: nothing starts, and the next tick looks again. `allow`: another one starts. Default: skip.",
      allowed: "skip, allow",
    })
    .optional(),
  input: z
    .strictObject({
      command: words("Replaces the container's command in each run.").optional(),
      environment: textMap("Environment variables of each run, over the leaf's own."),
    })
    .meta({ description: "Schedule: what each run is told.", allowed: "{command: [word, …], environment: {NAME: text}}" })
    .optional(),
};

const KINDS = { dns, event, http, always };
const word = z.literal(["dns", "event", "http", "always"]).meta({ description: "One thing that wakes it.", allowed: WAKE_ALLOWED });

/** When a scheduled leaf runs, as the file says it. */
export interface WakeSchedule {
  readonly expressions: readonly string[];
  readonly timezone: string;
  readonly enabled: boolean | Readonly<Record<string, boolean>>;
  readonly retries: number;
  readonly overlap: "skip" | "allow";
  readonly input: { readonly command?: readonly string[]; readonly environment: Readonly<Record<string, string>> };
}

export interface Wake {
  readonly dns?: z.output<typeof dns>;
  readonly event?: z.output<typeof event>;
  readonly http?: z.output<typeof http>;
  readonly schedule?: WakeSchedule;
  readonly always?: z.output<typeof always>;
}

const map = z.strictObject({
  dns: dns.optional(),
  event: event.optional(),
  http: http.optional(),
  always: always.optional(),
  schedule: schedule.optional(),
  ...scheduleOptions,
});

export const wake = z
  .union([word, z.array(word).min(1), map])
  .transform((value): Wake => {
    const names = typeof value === "string" ? [value] : value;
    return Array.isArray(names) ? Object.fromEntries(names.map((name) => [name, KINDS[name].parse({})])) : ofMap(names);
  })
  .meta({
    description:
      "What wakes the leaf. With `event` and `http` it is an engine: behind the shared load balancer, where it has a `route`. With `schedule` it is a task that runs once per tick, with `always` a service that never sleeps.",
    allowed: WAKE_ALLOWED,
  });

function ofMap({ schedule: expressions, timezone, enabled, retries, overlap, input, ...others }: z.output<typeof map>): Wake {
  if (!expressions) return others;
  const { command, environment } = input ?? { environment: {} };
  return {
    ...others,
    schedule: {
      expressions,
      timezone: timezone ?? "UTC",
      enabled: enabled ?? true,
      retries: retries ?? 2,
      overlap: overlap ?? "skip",
      input: { environment, ...(command === undefined ? {} : { command }) },
    },
  };
}
