import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  DeleteLoadBalancerInput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { loadBalancerAttributes } from "../attributes.ts";
import type { ElbDeps } from "../deps.ts";
import { checkName, notSupported, page, refuse, requireLoadBalancer, validationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { dnsNameOf, loadBalancerArn } from "../names.ts";
import { listenersOf, loadBalancers, tags, type LoadBalancerRow } from "../state.ts";
import { removeListener } from "./listeners.ts";
import { checkSecurityGroups, checkSubnets } from "./placement.ts";
import { checkTags, sameTags, saveTags } from "./tags.ts";
import { describeLoadBalancer } from "./views.ts";

type Deps = Pick<ElbDeps, "store" | "clock" | "ids" | "api" | "engine">;

/** The type and the address type, as far as this cloud has them. @throws NotSupported */
function checkKind(input: CreateLoadBalancerInput): void {
  if (input.Type !== undefined && input.Type !== "application") throw notSupported("CreateLoadBalancer", `load balancers of type ${input.Type}`);
  if (input.IpAddressType !== undefined && input.IpAddressType !== "ipv4")
    throw notSupported("CreateLoadBalancer", `the IP address type ${input.IpAddressType}`);
  refuse("CreateLoadBalancer", input, ["CustomerOwnedIpv4Pool", "IpamPools", "EnablePrefixForIpv6SourceNat"]);
  if (input.Scheme !== undefined && input.Scheme !== "internal" && input.Scheme !== "internet-facing")
    throw new AwsError("InvalidScheme", `Scheme '${String(input.Scheme)}' is not valid`);
}

const sorted = (list: string[]): string => [...list].sort().join(" ");

const same = (a: LoadBalancerRow, b: Pick<LoadBalancerRow, "scheme" | "subnets" | "securityGroups">): boolean =>
  a.scheme === b.scheme &&
  sorted(a.subnets.map(({ id }) => id)) === sorted(b.subnets.map(({ id }) => id)) &&
  sorted(a.securityGroups) === sorted(b.securityGroups);

/** Idempotent: the same name with the same settings answers with the load balancer that is there. */
export async function CreateLoadBalancer(deps: Deps, input: CreateLoadBalancerInput, call: Call): Promise<CreateLoadBalancerOutput> {
  checkKind(input);
  const name = checkName(input.Name, "Load balancer");
  const given = checkTags(input.Tags, call);
  const scheme = input.Scheme ?? "internet-facing";
  const { vpcId, subnets } = await checkSubnets(deps, call, input, "CreateLoadBalancer", scheme);
  const securityGroups = await checkSecurityGroups(deps, call, input.SecurityGroups, vpcId);
  const table = loadBalancers(deps.store, call);
  const existing = table.find((row) => row.name === name);
  if (existing) {
    if (!same(existing, { scheme, subnets, securityGroups }) || !sameTags(deps.store, call, existing.arn, given))
      throw new AwsError("DuplicateLoadBalancerName", `A load balancer with the same name '${name}' exists, but with different settings`);
    return { LoadBalancers: [describeLoadBalancer(existing, call)] };
  }
  if (table.size >= LIMITS["application-load-balancers"])
    throw new AwsError("TooManyLoadBalancers", "The maximum number of load balancers has been reached");
  const fullName = `app/${name}/${deps.ids.hex(16)}`;
  const arn = loadBalancerArn(call, fullName);
  const dnsName = dnsNameOf(deps.ids, call, name, scheme);
  const row = table.set(arn, {
    arn,
    name,
    fullName,
    dnsName,
    scheme,
    vpcId,
    subnets,
    securityGroups,
    attributes: {},
    createdAt: deps.clock.now(),
  });
  saveTags(deps.store, call, arn, given);
  // "The initial state of the load balancer is provisioning"; here it is active as soon as one asks.
  return { LoadBalancers: [{ ...describeLoadBalancer(row, call), State: { Code: "provisioning" } }] };
}

/** "If the load balancer does not exist or has already been deleted, the call succeeds." Its listeners go with it. */
export async function DeleteLoadBalancer(
  deps: Pick<ElbDeps, "store" | "engine">,
  input: DeleteLoadBalancerInput,
  call: Call,
): Promise<Record<string, never>> {
  const table = loadBalancers(deps.store, call);
  const row = table.get(input.LoadBalancerArn ?? "");
  if (!row) return {};
  if (loadBalancerAttributes(row)["deletion_protection.enabled"] === "true")
    throw new AwsError("OperationNotPermitted", `Load balancer '${row.arn}' cannot be deleted because deletion protection is enabled`);
  for (const listener of listenersOf(deps.store, call, row.arn)) await removeListener(deps, call, listener);
  table.delete(row.arn);
  tags(deps.store, call).delete(row.arn);
  return {};
}

export function DescribeLoadBalancers({ store }: Pick<ElbDeps, "store">, input: DescribeLoadBalancersInput, call: Call): DescribeLoadBalancersOutput {
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  if (arns.length > 0 && names.length > 0) throw validationError("Load balancer names and load balancer ARNs cannot be specified at the same time");
  if (arns.length > 20) throw validationError("No more than 20 load balancer ARNs can be specified");
  const all = loadBalancers(store, call);
  let found = all.values();
  if (arns.length > 0) found = arns.map((arn) => requireLoadBalancer(store, call, arn));
  if (names.length > 0) {
    found = names.map((name) => {
      const row = all.find((one) => one.name === name);
      if (!row) throw new AwsError("LoadBalancerNotFound", `Load balancers '[${name}]' not found`);
      return row;
    });
  }
  const { items, NextMarker } = page(found, input);
  return { LoadBalancers: items.map((row) => describeLoadBalancer(row, call)), NextMarker };
}
