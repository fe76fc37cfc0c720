import { z } from "zod";
import { arn, cron, timeZone } from "./engine-values.ts";
import { cidr, flag, line, list, setting } from "./pieces.ts";
import { domainName, duration } from "./values.ts";

/** What engines share, in rouse.yaml: the load balancer, and how they are started and stopped. */

const MINUTE = 60;

export const loadBalancer = z
  .strictObject({
    domain: domainName(
      "Name of the load balancer, below `domain.name`. It makes HTTPS: a certificate, a listener on port 443, an alias record; port 80 redirects there. Default: none; the load balancer's own name, and HTTP.",
    ).optional(),
    certificate: arn({
      service: "acm",
      resource: "certificate/[a-z0-9-]+",
      description: "A certificate for `domain` that exists in the region. Default: a new one, validated by DNS in the hosted zone.",
      example: "arn:aws:acm:us-west-2:111111111111:certificate/12345678-1234-1234-1234-123456789012",
    }).optional(),
    // 1 to 4000 seconds: ELB API reference, LoadBalancerAttribute, idle_timeout.timeout_seconds.
    idleTimeout: duration("How long a connection may be silent before the load balancer closes it. Longer than any leaf's `hold`.", {
      min: 1,
      max: 4000,
    }).prefault("60s"),
    from: list(cidr("Addresses that may connect."), {
      description: "Address ranges (CIDR) that may connect to ports 80 and 443. Default: everybody.",
      allowed: "a list of CIDR ranges, such as [203.0.113.0/24]",
      min: 1,
    }).optional(),
  })
  .meta({
    description:
      "The load balancer that all leaves with a `route` share. It is there when one of them is. Of these, only `idleTimeout` is also for the other one, which leaves with `visibility: internal` share.",
    allowed: "{domain, certificate, idleTimeout, from}",
  });

const NAME = "^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,38}[a-zA-Z0-9])?$";
const named = (what: string) => setting(what, NAME, "letters, digits and hyphens (not first or last), at most 40");
const leaves = (description: string) =>
  list(line({ description: "Name of a leaf that wakes by event or http.", allowed: "the name of an engine" }), {
    description,
    allowed: "a list of leaves, such as [auth, pdf]",
    min: 1,
  });

const workflow = z
  .strictObject({
    start: leaves("Leaves that are started, all at the same time."),
    waitForHealthy: flag("Wait until each is healthy behind the load balancer, and not only until it runs.").prefault(true),
    timeout: duration("How long one leaf's start may take, with its retries. What takes longer is reported as failed.", {
      min: 10,
      max: 60 * MINUTE,
    }).prefault("15m"),
  })
  .meta({ description: "A Step Functions state machine: starts leaves, waits, reports.", allowed: "{start: [leaf, …], waitForHealthy, timeout}" });

const schedule = z
  .strictObject({
    start: cron.meta({ description: "When they are started: minutes, hours, day of month, month, day of week, year." }).optional(),
    stop: cron.meta({ description: "When they are stopped. Their connections are drained first." }).optional(),
    timezone: timeZone.prefault("UTC"),
    services: leaves("Leaves that are started and stopped."),
  })
  .meta({
    description: "Starts leaves at some times, stops them at others. At least one of `start` and `stop`.",
    allowed: "{start: cron(…), stop: cron(…), timezone, services: [leaf, …]}",
  });

export const engines = z
  .strictObject({
    poll: duration("How often the start and stop functions look, where no event tells them.", { min: 1, max: 30 }).prefault("5s"),
    // A function runs for at most 15 minutes (AWS Lambda quotas), and answers before its end.
    limit: duration("How long they wait: for tasks to run, to be healthy, to be stopped. What takes longer is answered with 500.", {
      min: 30,
      max: 14 * MINUTE,
    }).prefault("5m"),
    api: flag(
      "An HTTP API in front of them: POST /start and POST /stop, with the event's `detail` as body, for callers with IAM credentials. It waits for at most 25 seconds: what is not up by then is answered with 202, and goes on starting.",
    ).prefault(false),
    workflows: z
      .record(named("workflow"), workflow)
      .meta({ description: "State machines that start leaves, by name.", allowed: "a map from a name to {start, waitForHealthy, timeout}" })
      .prefault({}),
    schedules: z
      .record(named("schedule"), schedule)
      .meta({
        description: "Times at which leaves are started and stopped, by name.",
        allowed: "a map from a name to {start, stop, timezone, services}",
      })
      .prefault({}),
  })
  .meta({ description: "How leaves that wake by event or http are started and stopped.", allowed: "{poll, limit, api, workflows, schedules}" });
