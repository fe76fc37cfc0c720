import { z } from "zod";
import { pathPattern, userAgent } from "./engine-values.ts";
import { cidr, list } from "./pieces.ts";
import { duration } from "./values.ts";

export const WAKE_ALLOWED = "dns, event, http, [event, http], {dns: {ignore}} or {event: {}, http: {hold, ignore}}";
/** What can wake a leaf, and what could in a version that builds it. */
export const WAKES = { built: ["dns", "event", "http"], notBuilt: ["schedule", "always"] } as const;

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

const KINDS = { dns, event, http };
const word = z.literal(WAKES.built).meta({ description: "One thing that wakes it.", allowed: WAKE_ALLOWED });

export interface Wake {
  readonly dns?: z.output<typeof dns>;
  readonly event?: z.output<typeof event>;
  readonly http?: z.output<typeof http>;
}

export const wake = z
  .union([word, z.array(word).min(1), z.strictObject({ dns: dns.optional(), event: event.optional(), http: http.optional() })])
  .transform((value): Wake => {
    const names = typeof value === "string" ? [value] : value;
    return Array.isArray(names) ? Object.fromEntries(names.map((name) => [name, KINDS[name].parse({})])) : names;
  })
  .meta({
    description: "What wakes the leaf. With `event` and `http` it is an engine: behind the shared load balancer, where it has a `route`.",
    allowed: WAKE_ALLOWED,
  });
