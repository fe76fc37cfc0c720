import type { Action, FixedResponseActionConfig, RedirectActionConfig } from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { constraint, inRange, notSupported, requireTargetGroup, validationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { groupsIn, listeners, rules, usersOf, type ListenerRow, type LoadBalancerRow } from "../state.ts";

const ROUTING = ["forward", "redirect", "fixed-response"];
const CONTENT_TYPES = ["text/html", "application/json", "application/javascript", "text/css", "text/plain"];

/** The listener that the actions are for, as far as they depend on it. */
export interface ActionsPlace {
  operation: string;
  loadBalancer: Pick<LoadBalancerRow, "arn" | "vpcId">;
  protocol: ListenerRow["protocol"];
  port: number;
}

const badAction = (message: string): AwsError => new AwsError("InvalidLoadBalancerAction", message);

/**
 * Actions as DescribeRules gives them back, with their defaults put in. "Each rule must include exactly one of the following
 * routing actions: forward, fixed-response, or redirect, and it must be the last action to be performed."
 */
export function checkActions(store: Store, scope: Scope, given: readonly Action[] | undefined, place: ActionsPlace): Action[] {
  if (!given || given.length === 0) throw validationError("An action must be specified");
  for (const [index, { Type }] of given.entries()) {
    if (Type === undefined || !["authenticate-oidc", "authenticate-cognito", "jwt-validation", ...ROUTING].includes(Type))
      throw constraint(Type, `actions.${index + 1}.member.type`, `satisfy enum value set: [${ROUTING.join(", ")}]`);
    if (!ROUTING.includes(Type)) throw notSupported(place.operation, `actions of type ${Type}`);
  }
  const [action, another] = given;
  if (another) throw validationError("Exactly one of the actions forward, redirect and fixed-response must be specified");
  inRange(action!.Order, "actions.1.member.order", 1, 50_000);
  return [checkAction(store, scope, action!, place)];
}

function checkAction(store: Store, scope: Scope, action: Action, place: ActionsPlace): Action {
  const order = action.Order === undefined ? {} : { Order: action.Order };
  if (action.Type === "redirect") return { Type: "redirect", ...order, RedirectConfig: checkRedirect(action.RedirectConfig, place) };
  if (action.Type === "fixed-response")
    return { Type: "fixed-response", ...order, FixedResponseConfig: checkFixedResponse(action.FixedResponseConfig) };
  return { ...checkForward(store, scope, action, place), ...order };
}

/** Both spellings are answered for one target group, as AWS does. */
function checkForward(store: Store, scope: Scope, action: Action, place: ActionsPlace): Action {
  const { TargetGroupArn, ForwardConfig } = action;
  const tuples = ForwardConfig?.TargetGroups ?? (TargetGroupArn === undefined ? [] : [{ TargetGroupArn, Weight: 1 }]);
  if (tuples.length === 0) throw validationError("A target group ARN must be specified");
  if (TargetGroupArn !== undefined && (tuples.length > 1 || tuples[0]?.TargetGroupArn !== TargetGroupArn))
    throw validationError("You can specify only one target group using ForwardConfig, and it must be the one of TargetGroupArn");
  if (tuples.length > LIMITS["target-groups-per-action-on-application-load-balancer"])
    throw new AwsError("TooManyTargetGroups", "An action can forward to '5' target groups at most");
  if (new Set(tuples.map((one) => one.TargetGroupArn)).size < tuples.length) throw validationError("A target group was specified more than once");
  for (const tuple of tuples) inRange(tuple.Weight, "weight", 0, 999);
  checkGroups(
    store,
    scope,
    tuples.map((one) => one.TargetGroupArn),
    place,
  );
  const stickiness = ForwardConfig?.TargetGroupStickinessConfig;
  if (stickiness?.Enabled && stickiness.DurationSeconds === undefined)
    throw validationError("A duration must be specified to enable target group stickiness");
  inRange(stickiness?.DurationSeconds, "durationSeconds", 1, 604_800);
  return {
    Type: "forward",
    ...(tuples.length === 1 ? { TargetGroupArn: tuples[0]!.TargetGroupArn } : {}),
    ForwardConfig: {
      TargetGroups: tuples.map((one) => ({ TargetGroupArn: one.TargetGroupArn, Weight: one.Weight ?? 1 })),
      TargetGroupStickinessConfig: { Enabled: false, ...stickiness },
    },
  };
}

function checkGroups(store: Store, scope: Scope, arns: (string | undefined)[], place: ActionsPlace): void {
  const users = usersOf(store, scope);
  for (const arn of arns) {
    const group = requireTargetGroup(store, scope, arn);
    if (group.vpcId !== undefined && group.vpcId !== place.loadBalancer.vpcId)
      throw new AwsError("InvalidConfigurationRequest", `The target group '${group.arn}' is not in the VPC of the load balancer`);
    const user = users.get(group.arn);
    if (user !== undefined && user !== place.loadBalancer.arn)
      throw new AwsError(
        "TargetGroupAssociationLimit",
        `The following target groups cannot be associated with more than one load balancer: ${group.arn}`,
      );
  }
  const used = new Set([...users].filter(([, user]) => user === place.loadBalancer.arn).map(([arn]) => arn));
  for (const arn of arns) used.add(arn!);
  if (used.size > LIMITS["target-groups-per-application-load-balancer"])
    throw new AwsError(
      "TooManyUniqueTargetGroupsPerLoadBalancer",
      "You've reached the limit on the number of unique target groups per load balancer",
    );
}

const UNCHANGED = { Protocol: "#{protocol}", Port: "#{port}", Host: "#{host}", Path: "/#{path}", Query: "#{query}" };

function checkRedirect(given: RedirectActionConfig | undefined, { protocol, port }: ActionsPlace): RedirectActionConfig {
  if (!given) throw validationError("A redirect action must have a redirect configuration");
  if (given.StatusCode !== "HTTP_301" && given.StatusCode !== "HTTP_302")
    throw constraint(given.StatusCode, "redirectConfig.statusCode", "satisfy enum value set: [HTTP_301, HTTP_302]");
  const config = { ...UNCHANGED, ...given };
  if (!/^(HTTPS?|#\{protocol\})$/.test(config.Protocol))
    throw constraint(config.Protocol, "redirectConfig.protocol", "satisfy regular expression pattern: ^(HTTPS?|#\\{protocol\\})$");
  if (config.Port !== UNCHANGED.Port && !(/^\d+$/.test(config.Port) && Number(config.Port) >= 1 && Number(config.Port) <= 65_535))
    throw badAction(`The redirect port '${config.Port}' must be between 1 and 65535, or #{port}`);
  if (!config.Path.startsWith("/")) throw badAction("The redirect path must begin with '/'");
  // "You can redirect HTTP to HTTP, HTTP to HTTPS, and HTTPS to HTTPS. You can't redirect HTTPS to HTTP."
  if (protocol === "HTTPS" && config.Protocol === "HTTP") throw badAction("You can't redirect HTTPS to HTTP");
  const same =
    (config.Protocol === UNCHANGED.Protocol || config.Protocol === protocol) &&
    (config.Port === UNCHANGED.Port || config.Port === String(port)) &&
    config.Host === UNCHANGED.Host &&
    config.Path === UNCHANGED.Path;
  if (same) throw badAction("The redirect configuration is not valid because it creates a loop");
  return config;
}

function checkFixedResponse(given: FixedResponseActionConfig | undefined): FixedResponseActionConfig {
  if (!given) throw validationError("A fixed-response action must have a fixed-response configuration");
  if (!/^[245]\d\d$/.test(given.StatusCode ?? ""))
    throw constraint(given.StatusCode, "fixedResponseConfig.statusCode", "satisfy regular expression pattern: ^(2|4|5)\\d\\d$");
  if (given.ContentType && !CONTENT_TYPES.includes(given.ContentType))
    throw badAction(`The ContentType must be one of:'${CONTENT_TYPES.join("', '")}'`);
  if ((given.MessageBody ?? "").length > 1024)
    throw constraint(given.MessageBody, "fixedResponseConfig.messageBody", "have length less than or equal to 1024");
  return given;
}

/** How many listeners' rules, without default ones, the load balancer has. */
export function ruleCount(store: Store, scope: Scope, loadBalancerArn: string): number {
  const own = new Set(
    listeners(store, scope)
      .filter((row) => row.loadBalancerArn === loadBalancerArn)
      .map(({ arn }) => arn),
  );
  return rules(store, scope).filter((row) => row.priority !== "default" && own.has(row.listenerArn)).length;
}

/** Whether any action of a rule forwards to the group. */
export const isUsed = (store: Store, scope: Scope, groupArn: string): boolean =>
  rules(store, scope).find((row) => groupsIn(row.actions).includes(groupArn)) !== undefined;
