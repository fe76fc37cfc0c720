import { AwsError } from "../../core/errors.ts";
import { invalidConfiguration, notSupported, validationError } from "./errors.ts";
import type { ListenerRow, TargetGroupRow } from "./state.ts";

/**
 * Attributes with their defaults and what they may be: the API reference's LoadBalancerAttribute, TargetGroupAttribute and
 * ListenerAttribute (botocore's service-2.json of elbv2, read in November 2026).
 */

type Check = (value: string) => boolean;

interface Attribute {
  usual: string;
  check: Check;
  /** What it must be, for the error. */
  must: string;
  /** True for values that would need something that this cloud does not have. */
  absent?: (value: string) => boolean;
}

type Attributes = Readonly<Record<string, Attribute>>;

const bool = (usual: boolean): Attribute => ({
  usual: String(usual),
  check: (value) => value === "true" || value === "false",
  must: "be 'true' or 'false'",
});
const never = (attribute: Attribute, value: string): Attribute => ({ ...attribute, absent: (given) => given === value });
const whole = (usual: number, least: number, most: number, also?: number): Attribute => ({
  usual: String(usual),
  check: (value) => /^\d+$/.test(value) && ((Number(value) >= least && Number(value) <= most) || Number(value) === also),
  must: `be between '${least}-${most}' inclusive`,
});
const one = (usual: string, ...others: string[]): Attribute => ({
  usual,
  check: (value) => value === usual || others.includes(value),
  must: `be one of [${[usual, ...others].join(", ")}]`,
});
/** Text that the proxy would have to act on, were it another. */
const only = (usual: string): Attribute => ({ ...text(usual), absent: (value) => value !== usual });
const text = (usual = ""): Attribute => ({ usual, check: () => true, must: "be text" });
const orOff = (usual: string, most: number): Attribute => ({
  usual,
  check: (value) => value === "off" || (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= most),
  must: `be 'off' or between '1-${most}' inclusive`,
});

const logs = (kind: string): Attributes => ({
  [`${kind}.s3.enabled`]: never(bool(false), "true"),
  [`${kind}.s3.bucket`]: text(),
  [`${kind}.s3.prefix`]: text(),
});

const LOAD_BALANCER: Attributes = {
  ...logs("access_logs"),
  "idle_timeout.timeout_seconds": whole(60, 1, 4000),
  "deletion_protection.enabled": bool(false),
  "routing.http2.enabled": bool(true),
  "routing.http.drop_invalid_header_fields.enabled": bool(false),
  "routing.http.xff_client_port.enabled": bool(false),
  "routing.http.preserve_host_header.enabled": bool(false),
  "routing.http.xff_header_processing.mode": one("append", "preserve", "remove"),
  // "The default for Application Load Balancers is true, and can't be changed."
  "load_balancing.cross_zone.enabled": one("true"),
  // Node.js's HTTP parser refuses what the monitor mode would only count.
  "routing.http.desync_mitigation_mode": never(one("defensive", "monitor", "strictest"), "monitor"),
  "client_keep_alive.seconds": whole(3600, 60, 604_800),
  "waf.fail_open.enabled": bool(false),
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": bool(false),
  "zonal_shift.config.enabled": bool(false),
  "ipv6.deny_all_igw_traffic": bool(false),
  ...logs("connection_logs"),
  ...logs("health_check_logs"),
};

const HEALTH: Attributes = {
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": whole(1, 1, 1000),
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": orOff("off", 100),
  "target_group_health.dns_failover.minimum_healthy_targets.count": orOff("1", 1000),
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": orOff("off", 100),
};

const CROSS_ZONE: Attributes = {
  "load_balancing.cross_zone.enabled": never(one("use_load_balancer_configuration", "true", "false"), "false"),
};

const TARGET_GROUP: Attributes = {
  "deregistration_delay.timeout_seconds": whole(300, 0, 3600),
  "stickiness.enabled": bool(false),
  "stickiness.type": never(one("lb_cookie", "app_cookie"), "app_cookie"),
  "stickiness.lb_cookie.duration_seconds": whole(86_400, 1, 604_800),
  "stickiness.app_cookie.cookie_name": text(),
  "stickiness.app_cookie.duration_seconds": whole(86_400, 1, 604_800),
  "slow_start.duration_seconds": whole(0, 30, 900, 0),
  "load_balancing.algorithm.type": one("round_robin", "least_outstanding_requests", "weighted_random"),
  "load_balancing.algorithm.anomaly_mitigation": never(one("off", "on"), "on"),
  ...CROSS_ZONE,
  ...HEALTH,
};

const LAMBDA_GROUP: Attributes = { "lambda.multi_value_headers.enabled": bool(false), ...CROSS_ZONE, ...HEALTH };

const TLS_HEADERS = "X-Amzn-Tls-Version X-Amzn-Tls-Cipher-Suite";
const MTLS_HEADERS = `X-Amzn-Mtls-Clientcert X-Amzn-Mtls-Clientcert-Serial-Number X-Amzn-Mtls-Clientcert-Issuer X-Amzn-Mtls-Clientcert-Subject
  X-Amzn-Mtls-Clientcert-Validity X-Amzn-Mtls-Clientcert-Leaf`;
const RESPONSE_HEADERS = `strict_transport_security access_control_allow_origin access_control_allow_methods access_control_allow_headers
  access_control_allow_credentials access_control_expose_headers access_control_max_age content_security_policy x_content_type_options
  x_frame_options`;

const words = (list: string): string[] => list.split(/\s+/);

const requestHeaders = (names: string): Attributes =>
  Object.fromEntries(words(names).map((name) => [`routing.http.request.${name.toLowerCase().replaceAll("-", "_")}.header_name`, only(name)]));

const HTTP_LISTENER: Attributes = {
  "routing.http.response.server.enabled": bool(true),
  ...Object.fromEntries(words(RESPONSE_HEADERS).map((name) => [`routing.http.response.${name}.header_value`, only("")])),
};

const HTTPS_LISTENER: Attributes = { ...HTTP_LISTENER, ...requestHeaders(`${TLS_HEADERS} ${MTLS_HEADERS}`) };

const full = (known: Attributes, set: Record<string, string>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(known).map(([key, { usual }]) => [key, usual])),
  ...set,
});

const ofGroup = (group: Pick<TargetGroupRow, "targetType">): Attributes => (group.targetType === "lambda" ? LAMBDA_GROUP : TARGET_GROUP);
const ofListener = (listener: Pick<ListenerRow, "protocol">): Attributes => (listener.protocol === "HTTPS" ? HTTPS_LISTENER : HTTP_LISTENER);

/** Every attribute of a load balancer, with its default where it was not set. */
export const loadBalancerAttributes = (row: { attributes: Record<string, string> }): Record<string, string> => full(LOAD_BALANCER, row.attributes);
export const targetGroupAttributes = (row: Pick<TargetGroupRow, "targetType" | "attributes">): Record<string, string> =>
  full(ofGroup(row), row.attributes);
export const listenerAttributes = (row: Pick<ListenerRow, "protocol" | "attributes">): Record<string, string> =>
  full(ofListener(row), row.attributes);

interface Given {
  Key?: string | undefined;
  Value?: string | undefined;
}

function checked(operation: string, what: string, known: Attributes, given: readonly Given[]): Record<string, string> {
  const set: Record<string, string> = {};
  for (const { Key = "", Value = "" } of given) {
    const attribute = known[Key];
    if (!attribute) throw validationError(`${what} attribute key '${Key}' is not recognized`);
    if (Key in set) throw validationError(`${what} attribute key '${Key}' was specified more than once`);
    if (!attribute.check(Value)) throw validationError(`'${Key}' value '${Value}' must ${attribute.must}`);
    if (attribute.absent?.(Value)) throw notSupported(operation, `${Key}=${Value}`);
    set[Key] = Value;
  }
  return set;
}

/** @throws AwsError ValidationError; NotSupported for logs in S3 */
export const checkLoadBalancerAttributes = (given: readonly Given[]): Record<string, string> =>
  checked("ModifyLoadBalancerAttributes", "Load balancer", LOAD_BALANCER, given);

export const checkListenerAttributes = (row: ListenerRow, given: readonly Given[]): Record<string, string> =>
  checked("ModifyListenerAttributes", "Listener", ofListener(row), given);

/** @throws AwsError ValidationError; InvalidConfigurationRequest where attributes do not go together */
export function checkTargetGroupAttributes(row: TargetGroupRow, given: readonly Given[]): Record<string, string> {
  for (const { Key = "" } of given) {
    if (row.targetType === "lambda" && Key in TARGET_GROUP && !(Key in LAMBDA_GROUP))
      throw invalidConfiguration(`A target group with target type 'lambda' does not support the attribute ${Key}`);
    if (row.targetType !== "lambda" && Key.startsWith("lambda."))
      throw invalidConfiguration(`A target group with target type '${row.targetType}' does not support the attribute ${Key}`);
    if (Key === "stickiness.type" && given.some((one) => one.Key === Key && one.Value === "source_ip"))
      throw invalidConfiguration(`Stickiness type 'source_ip' is not supported for target groups with the ${row.protocol} protocol`);
  }
  const set = checked("ModifyTargetGroupAttributes", "Target group", ofGroup(row), given);
  checkTogether(targetGroupAttributes({ ...row, attributes: { ...row.attributes, ...set } }));
  return set;
}

function checkTogether(all: Record<string, string>): void {
  const cookie = all["stickiness.app_cookie.cookie_name"] ?? "";
  if (all["stickiness.enabled"] === "true" && all["stickiness.type"] === "app_cookie" && cookie === "")
    throw invalidConfiguration("You must set an application cookie name to enable stickiness of type 'app_cookie'");
  if (cookie.startsWith("AWSALB")) throw new AwsError("ValidationError", `The cookie name '${cookie}' is reserved for use by the load balancer`);
  // "Slow start mode … is not supported for the least outstanding requests and weighted random routing algorithms" (ALB guide).
  if (all["load_balancing.algorithm.type"] !== "round_robin" && (all["slow_start.duration_seconds"] ?? "0") !== "0")
    throw invalidConfiguration(`Slow start is not supported with the algorithm '${all["load_balancing.algorithm.type"]}'`);
}
