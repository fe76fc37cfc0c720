import type { Ids } from "../../core/ids.ts";
import { arn, type Scope } from "../../core/scope.ts";
import type { ListenerRow, LoadBalancerRow } from "./state.ts";

/* ARNs: "Resource types defined by AWS Elastic Load Balancing V2" (Service Authorization Reference). */

export const SERVICE = "elasticloadbalancing";

export const loadBalancerArn = (scope: Scope, fullName: string): string => arn(SERVICE, scope, `loadbalancer/${fullName}`);

const after = (text: string, mark: string): string => text.slice(text.indexOf(mark) + mark.length);

/** `listener/app/<name>/<load balancer>/<listener>` */
export const listenerArn = (scope: Scope, lb: LoadBalancerRow, id: string): string => arn(SERVICE, scope, `listener/${lb.fullName}/${id}`);

/** `listener-rule/app/<name>/<load balancer>/<listener>/<rule>` */
export const ruleArn = (scope: Scope, listener: Pick<ListenerRow, "arn">, id: string): string =>
  arn(SERVICE, scope, `listener-rule/${after(listener.arn, ":listener/")}/${id}`);

export const targetGroupArn = (scope: Scope, fullName: string): string => arn(SERVICE, scope, fullName);

/** `name-1234567890.us-west-2.elb.amazonaws.com`, with `internal-` before it for an internal one ("DNS name", ALB guide). */
export function dnsNameOf(ids: Pick<Ids, "fraction">, scope: Scope, name: string, scheme: LoadBalancerRow["scheme"]): string {
  const number = 1_000_000_000 + Math.floor(ids.fraction() * 1_147_483_647);
  return `${scheme === "internal" ? "internal-" : ""}${name}-${number}.${scope.region}.elb.amazonaws.com`;
}

/** The load balancer's name as a key: lower case, without a trailing dot, without the prefix that asks for IPv6 addresses, too. */
export const bareDnsName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/^dualstack\./, "");

/**
 * Route 53 hosted zone of Application Load Balancers' names, by region (AWS General Reference, "Elastic Load Balancing
 * endpoints and quotas"). Regions that are not in it are newer.
 */
const CANONICAL_ZONES: Readonly<Record<string, string>> = {
  "af-south-1": "Z268VQBMOI5EKX",
  "ap-east-1": "Z3DQVH9N71FHZ0",
  "ap-northeast-1": "Z14GRHDCWA56QT",
  "ap-northeast-2": "ZWKZPGTI48KDX",
  "ap-northeast-3": "Z5LXEXXYW11ES",
  "ap-south-1": "ZP97RAFLXTNZK",
  "ap-southeast-1": "Z1LMS91P8CMLE5",
  "ap-southeast-2": "Z1GM3OXH4ZPM65",
  "ap-southeast-3": "Z08888821HLRG5A9ZRTER",
  "ca-central-1": "ZQSVJUPU6J1EY",
  "eu-central-1": "Z215JYRZR1TBD5",
  "eu-north-1": "Z23TAZ6LKFMNIO",
  "eu-south-1": "Z3ULH7SSC9OV64",
  "eu-west-1": "Z32O12XQLNTSW2",
  "eu-west-2": "ZHURV8PSTC4K8",
  "eu-west-3": "Z3Q77PNBQS71R4",
  "me-south-1": "ZS929ML54UICD",
  "sa-east-1": "Z2P70J7HTTTPLU",
  "us-east-1": "Z35SXDOTRQ7X7K",
  "us-east-2": "Z3AADJGX6KTTL2",
  "us-west-1": "Z368ELLRRE2KJ0",
  "us-west-2": "Z1H1FL5HABSF5",
};

/** For a region whose zone is not known here, one that is not used for anything else. */
export const canonicalZoneOf = (region: string): string => CANONICAL_ZONES[region] ?? `Z0${region.replaceAll("-", "").toUpperCase()}ELB`;
