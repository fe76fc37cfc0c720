import known from "./known-agents.json" with { type: "json" };

/** Monitors want to know whether the door is there; crawlers are to come again. Neither is somebody who wants the service. */
export type Agent = "monitor" | "crawler";

/**
 * Not in the list, for they say nothing but what they are:
 * - Amazon-Route53-Health-Check-Service (Amazon Route 53 Developer Guide, "How Route 53 determines whether a health check is healthy")
 * - ELB-HealthChecker (Elastic Load Balancing User Guide for Application Load Balancers, "Health checks")
 * - CloudWatchSynthetics (Amazon CloudWatch User Guide, "Synthetic monitoring (canaries)": what canaries add to the user agent)
 * - kube-probe (Kubernetes, pkg/probe/http: the user agent of probes)
 * - Prometheus (prometheus/prometheus, scrape/scrape.go, UserAgent)
 */
const MORE_MONITORS = ["Amazon-Route53-Health-Check-Service", "ELB-HealthChecker", "CloudWatchSynthetics", "^kube-probe/", "^Prometheus/"];

let monitors: RegExp | undefined;
let crawlers: RegExp | undefined;

/** Compiled at the first use, and as one: a request that wakes is compared with each of them. */
export function knownAgent(userAgent: string): Agent | undefined {
  monitors ??= new RegExp([...MORE_MONITORS, ...known.monitors].join("|"));
  crawlers ??= new RegExp(known.crawlers.join("|"));
  if (userAgent === "") return undefined;
  if (monitors.test(userAgent)) return "monitor";
  return crawlers.test(userAgent) ? "crawler" : undefined;
}
