import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";

/** ARNs of the two target groups of an engine that wakes by HTTP. */
export interface Groups {
  readonly service: string;
  readonly doorman: string;
}

/**
 * The listener rule's action. Both groups are in it always, one of them with weight 0: Elastic Load Balancing checks the
 * health of the targets of groups that a rule names, and of no others; those are `unused` (Elastic Load Balancing User Guide
 * for Application Load Balancers, "Target groups" and "Health checks": Target.NotInUse). A service that only the doorman's
 * rule knew would never become healthy. With a weight of 0 a group gets no requests (ibid., "Listener rules", forward actions).
 */
export function forwarding({ service, doorman }: Groups, to: "service" | "doorman"): Action[] {
  const TargetGroups = [
    { TargetGroupArn: service, Weight: to === "service" ? 1 : 0 },
    { TargetGroupArn: doorman, Weight: to === "doorman" ? 1 : 0 },
  ];
  return [{ Type: "forward", ForwardConfig: { TargetGroups } }];
}

/** While the engine is deleted: nobody gets in, and nobody wakes it. */
export const closed = (service: string): Action[] => [
  {
    Type: "fixed-response",
    FixedResponseConfig: { StatusCode: "503", ContentType: "text/plain", MessageBody: `${service} is being deleted` },
  },
];

/** `other`: neither, or not with both groups. */
export function routeOf(actions: readonly Action[], groups: Groups): "service" | "doorman" | "other" {
  const weight = (arn: string): number | undefined =>
    actions.find(({ Type }) => Type === "forward")?.ForwardConfig?.TargetGroups?.find(({ TargetGroupArn }) => TargetGroupArn === arn)?.Weight;
  const [service, doorman] = [weight(groups.service), weight(groups.doorman)];
  if (service === undefined || doorman === undefined) return "other";
  if (service > 0 && doorman === 0) return "service";
  return service === 0 && doorman > 0 ? "doorman" : "other";
}

/** True when requests reach the service, in whatever form the rule says so. */
export const reaches = (actions: readonly Action[], targetGroup: string): boolean =>
  actions.some(
    ({ Type, TargetGroupArn, ForwardConfig }) =>
      Type === "forward" &&
      (ForwardConfig?.TargetGroups
        ? ForwardConfig.TargetGroups.some((group) => group.TargetGroupArn === targetGroup && (group.Weight ?? 1) > 0)
        : TargetGroupArn === targetGroup),
  );
