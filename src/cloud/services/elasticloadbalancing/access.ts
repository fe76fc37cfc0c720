import type { Access, AccessNeed } from "../../core/service.ts";
import { arn, type Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { SERVICE } from "./names.ts";
import { tags } from "./state.ts";

/**
 * "Actions, resources, and condition keys for AWS Elastic Load Balancing V2" (Service Authorization Reference). Describe actions
 * have no resource level. Conditions see a resource's tags as `aws:ResourceTag/…` and `elasticloadbalancing:ResourceTag/…`; a
 * Create call with tags needs AddTags, too, with `elasticloadbalancing:CreateAction`.
 */

interface Input {
  Name?: string;
  Scheme?: string;
  Protocol?: string;
  SslPolicy?: string;
  Subnets?: string[];
  SubnetMappings?: { SubnetId?: string }[];
  SecurityGroups?: string[];
  LoadBalancerArn?: string;
  ListenerArn?: string;
  RuleArn?: string;
  TargetGroupArn?: string;
  ResourceArns?: string[];
  RulePriorities?: { RuleArn?: string }[];
  Tags?: { Key?: string; Value?: string }[];
  TagKeys?: string[];
}

type Context = Record<string, string | string[]>;

const ON: Record<"LoadBalancerArn" | "ListenerArn" | "RuleArn" | "TargetGroupArn", string[]> = {
  LoadBalancerArn: ["DeleteLoadBalancer", "ModifyLoadBalancerAttributes", "SetIpAddressType", "SetSecurityGroups", "SetSubnets"],
  ListenerArn: ["AddListenerCertificates", "RemoveListenerCertificates", "DeleteListener", "ModifyListener", "ModifyListenerAttributes"],
  RuleArn: ["DeleteRule", "ModifyRule"],
  TargetGroupArn: ["DeleteTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RegisterTargets", "DeregisterTargets"],
};

const key = (name: string): string => `${SERVICE}:${name}`;

/** Of the request, where the action has them. */
function requestContext(input: Input): Context {
  const subnets = input.Subnets ?? input.SubnetMappings?.flatMap(({ SubnetId }) => SubnetId ?? []);
  return {
    ...(input.Scheme === undefined ? {} : { [key("Scheme")]: input.Scheme }),
    ...(subnets === undefined ? {} : { [key("Subnet")]: subnets }),
    ...(input.SecurityGroups === undefined ? {} : { [key("SecurityGroup")]: input.SecurityGroups }),
    ...(input.Protocol === undefined ? {} : { [key("ListenerProtocol")]: input.Protocol }),
    ...(input.SslPolicy === undefined ? {} : { [key("SecurityPolicy")]: [input.SslPolicy] }),
  };
}

const tagContext = (input: Input): Context => ({
  ...Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""])),
  ...(input.Tags || input.TagKeys ? { "aws:TagKeys": [...(input.Tags ?? []).map(({ Key }) => Key ?? ""), ...(input.TagKeys ?? [])] } : {}),
});

export function accessOf(store: Store): Record<string, Access> {
  const resourceTags = (scope: Scope, resources: string[]): Context => {
    const [first] = resources;
    const all = Object.entries((first === undefined ? undefined : tags(store, scope).get(first)) ?? {});
    return Object.fromEntries(
      all.flatMap(([name, value]) => [
        [`aws:ResourceTag/${name}`, value],
        [key(`ResourceTag/${name}`), value],
      ]),
    );
  };
  const need = (action: string, scope: Scope, resources: string[], context: Context): AccessNeed => ({
    action: key(action),
    resources: resources.length > 0 ? resources : ["*"],
    context: { ...resourceTags(scope, resources), ...context },
  });
  /** @param taggedAs the ARN that the new resource's tags are put on */
  const create =
    (action: string, resource: (input: Input, scope: Scope) => string, taggedAs: (input: Input, scope: Scope) => string): Access =>
    (input: Input, call) => {
      const needs = [need(action, call, [resource(input, call)], { ...requestContext(input), ...tagContext(input) })];
      if (input.Tags?.length) needs.push(need("AddTags", call, [taggedAs(input, call)], { ...tagContext(input), [key("CreateAction")]: action }));
      return needs;
    };
  const named =
    (prefix: string) =>
    ({ Name }: Input, scope: Scope): string =>
      arn(SERVICE, scope, `${prefix}/${Name}/*`);
  const below =
    (member: "LoadBalancerArn" | "ListenerArn", from: string, to: string) =>
    (input: Input): string =>
      `${(input[member] ?? "").replace(`:${from}/`, `:${to}/`)}/*`;
  const table: Record<string, Access> = {
    CreateLoadBalancer: create("CreateLoadBalancer", named("loadbalancer/app"), named("loadbalancer/app")),
    CreateTargetGroup: create("CreateTargetGroup", named("targetgroup"), named("targetgroup")),
    CreateListener: create("CreateListener", ({ LoadBalancerArn }) => LoadBalancerArn ?? "*", below("LoadBalancerArn", "loadbalancer", "listener")),
    CreateRule: create("CreateRule", ({ ListenerArn }) => ListenerArn ?? "*", below("ListenerArn", "listener", "listener-rule")),
    SetRulePriorities: (input: Input, call) => {
      const named = (input.RulePriorities ?? []).flatMap(({ RuleArn }) => RuleArn ?? []);
      return [need("SetRulePriorities", call, named, {})];
    },
    AddTags: (input: Input, call) => (input.ResourceArns ?? []).map((one) => need("AddTags", call, [one], tagContext(input))),
    RemoveTags: (input: Input, call) => (input.ResourceArns ?? []).map((one) => need("RemoveTags", call, [one], tagContext(input))),
  };
  for (const [member, actions] of Object.entries(ON)) {
    for (const action of actions) {
      table[action] = (input: Input, call) => {
        const resource = input[member as keyof typeof ON];
        return [need(action, call, resource === undefined ? [] : [resource], requestContext(input))];
      };
    }
  }
  return table;
}
