import type { CreateAutoScalingGroupType } from "@aws-sdk/client-auto-scaling";
import { AwsError } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { userCreated } from "../engine/causes.ts";
import { validationError } from "../errors.ts";
import type { AutoScalingDeps } from "../index.ts";
import { groups } from "../state.ts";
import { plainMembers, refuseAbsent, subnetsOf, tagsOf, templateOf, validateName, validateSizes } from "./group-input.ts";
import { hookOf, putHook } from "./lifecycle-hooks.ts";

/** Creates a group, and starts its instances. */
export async function CreateAutoScalingGroup(deps: AutoScalingDeps, input: CreateAutoScalingGroupType, call: Call): Promise<void> {
  refuseAbsent("CreateAutoScalingGroup", input);
  const name = validateName(input.AutoScalingGroupName);
  const refuseTaken = (): void => {
    const taken = groups(deps.store, call).get(name);
    if (!taken) return;
    const message = taken.deleting
      ? `AutoScalingGroup by this name already exists and is pending delete`
      : `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`;
    throw new AwsError("AlreadyExistsFault", message);
  };
  refuseTaken();
  const sizes = { min: input.MinSize ?? 0, max: input.MaxSize ?? 0, desired: input.DesiredCapacity ?? input.MinSize ?? 0 };
  validateSizes(sizes);
  if (!input.LaunchTemplate)
    throw validationError(
      "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
    );
  const hookRows = (input.LifecycleHookSpecificationList ?? []).map((spec) => hookOf({ ...spec, AutoScalingGroupName: name }, undefined));
  const [template, subnets] = await Promise.all([templateOf(deps, call, input.LaunchTemplate), subnetsOf(deps, call, input)]);
  refuseTaken();
  const now = deps.clock.now();
  const group = groups(deps.store, call).set(name, {
    name,
    arn: arn("autoscaling", call, `autoScalingGroup:${deps.ids.uuid()}:autoScalingGroupName/${name}`),
    template,
    ...sizes,
    defaultCooldown: 300,
    subnets,
    healthCheckGracePeriod: 0,
    terminationPolicies: ["Default"],
    protectNew: false,
    serviceLinkedRoleArn: `arn:aws:iam::${call.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    ...plainMembers("CreateAutoScalingGroup", input),
    createdAt: now,
    tags: tagsOf(input.Tags, call.principal),
    suspended: [],
    metrics: [],
    deleting: false,
    causes: sizes.desired > 0 ? [userCreated(now, sizes.desired)] : [],
  });
  for (const hook of hookRows) putHook(deps, call, group, hook);
  deps.engine.converge(call, name);
}
