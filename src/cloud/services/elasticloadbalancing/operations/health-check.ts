import type { CreateTargetGroupInput, ModifyTargetGroupInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import { inRange, notSupported, validationError } from "../errors.ts";
import { matches } from "../engine/health/matcher.ts";
import type { HealthCheck, TargetType } from "../state.ts";

/**
 * Defaults: CreateTargetGroup in the API reference; the time-out of 5 s is the ALB guide's ("The default is 5 seconds if the
 * target type is instance or ip and 30 seconds if the target type is lambda").
 */
export function usualHealthCheck(type: TargetType): HealthCheck {
  const usual = { protocol: "HTTP", port: "traffic-port", path: "/", healthyThreshold: 5, matcher: "200" } as const;
  if (type === "lambda") return { ...usual, enabled: false, interval: 35, timeout: 30, unhealthyThreshold: 5 };
  return { ...usual, enabled: true, interval: 30, timeout: 5, unhealthyThreshold: 2 };
}

type Given = Pick<
  CreateTargetGroupInput & ModifyTargetGroupInput,
  | "HealthCheckEnabled"
  | "HealthCheckProtocol"
  | "HealthCheckPort"
  | "HealthCheckPath"
  | "HealthCheckIntervalSeconds"
  | "HealthCheckTimeoutSeconds"
  | "HealthyThresholdCount"
  | "UnhealthyThresholdCount"
  | "Matcher"
>;

/** The settings after a change. @throws AwsError ValidationError */
export function checkHealthCheck(before: HealthCheck, given: Given, type: TargetType): HealthCheck {
  inRange(given.HealthCheckIntervalSeconds, "healthCheckIntervalSeconds", 5, 300);
  inRange(given.HealthCheckTimeoutSeconds, "healthCheckTimeoutSeconds", 2, 120);
  inRange(given.HealthyThresholdCount, "healthyThresholdCount", 2, 10);
  inRange(given.UnhealthyThresholdCount, "unhealthyThresholdCount", 2, 10);
  const protocol = given.HealthCheckProtocol;
  if (protocol !== undefined && protocol !== "HTTP" && protocol !== "HTTPS")
    throw validationError(`Health check protocol '${protocol}' must be one of 'HTTP, HTTPS'`);
  if (given.Matcher?.GrpcCode !== undefined) throw notSupported("CreateTargetGroup", "gRPC codes");
  const after: HealthCheck = {
    enabled: given.HealthCheckEnabled ?? before.enabled,
    protocol: protocol ?? before.protocol,
    port: given.HealthCheckPort ?? before.port,
    path: given.HealthCheckPath ?? before.path,
    interval: given.HealthCheckIntervalSeconds ?? before.interval,
    timeout: given.HealthCheckTimeoutSeconds ?? before.timeout,
    healthyThreshold: given.HealthyThresholdCount ?? before.healthyThreshold,
    unhealthyThreshold: given.UnhealthyThresholdCount ?? before.unhealthyThreshold,
    matcher: given.Matcher?.HttpCode ?? before.matcher,
  };
  checkTogether(after, type);
  return after;
}

function checkTogether(check: HealthCheck, type: TargetType): void {
  if (!check.enabled && type !== "lambda") throw validationError(`Health check enabled must be true for target groups with target type '${type}'`);
  if (check.port !== "traffic-port" && !(/^\d+$/.test(check.port) && Number(check.port) >= 1 && Number(check.port) <= 65_535))
    throw validationError(`Health check port '${check.port}' must be 'traffic-port' or in the range 1-65535`);
  if (!check.path.startsWith("/") || check.path.length > 1024)
    throw validationError(`Health check path '${check.path}' must begin with '/' and have at most 1024 characters`);
  if (check.timeout >= check.interval)
    throw validationError(`Health check timeout '${check.timeout}' must be smaller than the interval '${check.interval}'`);
  if (matches(check.matcher, 200) === undefined)
    throw validationError(`Health check matcher HTTP code '${check.matcher}' must be within '200-499' inclusive`);
}
