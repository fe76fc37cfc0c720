import { z } from "zod";
import { count, flag, line, numberOf, words } from "./pieces.ts";
import { duration } from "./values.ts";

/** What puts a leaf to sleep, and when it is well. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const IDLE_ALLOWED = "{below, for} for a wake by DNS, {requests: none, for} or never for an engine";

// Alarm of one-minute periods over at most one day: CloudWatch API reference, PutMetricAlarm, EvaluationPeriods.
export const watchdog = z
  .strictObject({
    idle: z
      .union([
        z.literal("never").meta({ description: "Only events stop it.", allowed: IDLE_ALLOWED }),
        z.strictObject({
          below: numberOf({
            min: 0,
            description: "Wake by DNS: traffic into the container that still counts as nothing, in bytes per second. Default: 1000.",
          }).optional(),
          requests: z
            .literal("none")
            .meta({ description: "Engines: no request and no open connection. Default, where there is a route: none.", allowed: "none" })
            .optional(),
          for: duration("How long that must last before the leaf is put to sleep. Default: 10m for a wake by DNS, 30m for an engine.", {
            min: MINUTE,
            max: DAY,
            wholeMinutes: true,
          }).optional(),
        }),
      ])
      .meta({ description: "When nobody uses it. `never`, for engines only: just what stops it by name.", allowed: IDLE_ALLOWED })
      .optional(),
    grace: duration(
      "Wake by DNS: how long after the wake a query counts as activity. Later ones do not, so that a monitor cannot keep the leaf up.",
      { min: 0, max: DAY, wholeMinutes: true },
    ).prefault("10m"),
    leftUp: z
      .strictObject({
        after: duration("Up for this long without a pause: somebody should look.", { min: MINUTE, max: DAY, wholeMinutes: true }).prefault("8h"),
        stop: flag("Also put the leaf to sleep then, not only alert.").prefault(false),
      })
      .meta({ description: "A leaf that was left up.", allowed: "{after, stop}" })
      .prefault({}),
    crashLoop: z
      .strictObject({
        stops: count({
          min: 2,
          max: 100,
          description:
            "How many times the container may stop by itself: this many within `within` is a crash loop, and the leaf is stopped, with one alert.",
        }).prefault(3),
        within: duration("The time in which those stops are counted.", { min: MINUTE, max: DAY, wholeMinutes: true }).prefault("15m"),
      })
      .meta({ description: "A container that keeps crashing.", allowed: "{stops, within}" })
      .prefault({}),
  })
  .meta({ description: "What puts it to sleep, and what is reported.", allowed: "{idle, grace, leftUp, crashLoop}" })
  .prefault({});

// Limits: ECS API reference, HealthCheck (interval 5 to 300 s, timeout 2 to 60 s, retries 1 to 10, startPeriod 0 to 300 s); ELB API
// reference, CreateTargetGroup (interval 5 to 300 s, timeout 2 to 120 s, both thresholds 2 to 10, codes 200 to 499).
export const health = z
  .strictObject({
    command: z
      .union([line({ description: "A shell command.", allowed: "text" }), words("A command without a shell, or with CMD or CMD-SHELL in front.")])
      .meta({
        description: "Command in the container; exit code 0 means healthy. A text runs in the container's shell.",
        allowed: "text or a list of words",
      })
      .optional(),
    path: line({
      description:
        "An HTTP path. Wake by DNS: instead of a command; it must answer 2xx or 3xx, and the image needs curl or wget. Engines with a route and always-on services: what the load balancer asks. Default there: /.",
      allowed: "a path such as /health",
      pattern: "^/[^\\s'\"`$\\\\]*$",
    }).optional(),
    port: count({ min: 1, max: 65_535, description: "Wake by DNS: port for `path`. Default: the leaf's first TCP port." }).optional(),
    interval: duration("Time between two checks. Default: 30s for a wake by DNS, 10s for the others.", { min: 5, max: 300 }).optional(),
    timeout: duration("How long one check may take.", { min: 2, max: 60 }).prefault("5s"),
    retries: count({ min: 1, max: 10, description: "Failed checks in a row until it is unhealthy. 2 or more for the load balancer." }).prefault(3),
    passes: count({ min: 2, max: 10, description: "Load balancer: passed checks in a row until an unhealthy one is healthy again." }).prefault(2),
    matcher: line({
      description: "Load balancer: HTTP codes that mean healthy.",
      allowed: "codes of 200 to 499, such as 200, 200-399 or 200,302",
      pattern: "^[2-4]\\d\\d(?:-[2-4]\\d\\d)?(?:,[2-4]\\d\\d(?:-[2-4]\\d\\d)?)*$",
    }).prefault("200-399"),
    grace: duration(
      "Always on, with `ports`: how long after its start a task is not replaced, whatever the load balancer's checks say. Default: 60s.",
      { min: 0, max: 7 * DAY },
    ).optional(),
    startPeriod: duration("Time after the start in which failed checks of the container (`command`) do not count.", { min: 0, max: 300 }).prefault(
      "0s",
    ),
  })
  .meta({
    description:
      "When it is well. Wake by DNS: a check of the container, and the address is published only when it passes. Engines and always-on services: `path` is the load balancer's check, `command` the container's, and there may be both. Scheduled tasks: `command`.",
    allowed: "{command} or {path}, with port, interval, timeout, retries, passes, matcher, grace, startPeriod",
  });
