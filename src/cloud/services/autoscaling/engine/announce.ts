import { arn, parseArn } from "../../../core/scope.ts";
import type { Scope } from "../../../core/scope.ts";
import type { AutoScalingPorts } from "../index.ts";
import { groups, notifications } from "../state.ts";
import type { ActionRow, ActivityRow, GroupRow, HookRow, SubnetRef } from "../state.ts";

type Deps = Pick<AutoScalingPorts, "store" | "clock" | "events" | "sns" | "ids">;

export const detailsOf = (subnet: SubnetRef | undefined): Record<string, string> =>
  subnet ? { "Subnet ID": subnet.id, "Availability Zone": subnet.zone } : {};

const KINDS = {
  launch: {
    ok: "EC2 Instance Launch Successful",
    failed: "EC2 Instance Launch Unsuccessful",
    notification: "autoscaling:EC2_INSTANCE_LAUNCH",
    word: "launch",
    way: { Origin: "EC2", Destination: "AutoScalingGroup" },
  },
  terminate: {
    ok: "EC2 Instance Terminate Successful",
    failed: "EC2 Instance Terminate Unsuccessful",
    notification: "autoscaling:EC2_INSTANCE_TERMINATE",
    word: "termination",
    way: { Origin: "AutoScalingGroup", Destination: "EC2" },
  },
} as const;

/**
 * Tells EventBridge and the group's SNS topics that an instance has come or gone, or failed to ("Amazon EC2 Auto Scaling
 * event reference"; "Get Amazon SNS notifications when your Auto Scaling group scales"). Successful ones are sent with
 * StatusCode InProgress, as AWS does.
 */
export function announceActivity(deps: Deps, scope: Scope, activity: ActivityRow, succeeded: boolean): void {
  const kind = KINDS[activity.kind];
  const iso = (at: number): string => new Date(at).toISOString();
  const common = {
    Description: activity.description,
    AutoScalingGroupName: activity.group,
    ActivityId: activity.id,
    Details: detailsOf(activity.subnet),
    RequestId: activity.id,
    StatusCode: succeeded ? "InProgress" : "Failed",
    StatusMessage: activity.message ?? "",
    StartTime: iso(activity.startedAt),
    EndTime: iso(activity.endedAt ?? deps.clock.now()),
    EC2InstanceId: activity.instanceId ?? "",
    Cause: activity.cause,
    ...kind.way,
  };
  const resources = [activity.groupArn, ...(activity.instanceId ? [arn("ec2", scope, `instance/${activity.instanceId}`)] : [])];
  deps.events.emit(scope, { source: "aws.autoscaling", detailType: succeeded ? kind.ok : kind.failed, resources, detail: common });
  const event = succeeded ? kind.notification : `${kind.notification}_ERROR`;
  notify(deps, scope, activity.group, event, {
    subject: `Auto Scaling: ${succeeded ? kind.word : `failed ${kind.word}`} for group "${activity.group}"`,
    body: { Progress: 50, AccountId: scope.account, AutoScalingGroupARN: activity.groupArn, ...common, ...header(deps), Event: event },
  });
}

/** A hook that has begun to wait for an instance. */
export function announceLifecycle(deps: Deps, scope: Scope, group: GroupRow, hook: HookRow, action: ActionRow): void {
  const launching = action.transition === "autoscaling:EC2_INSTANCE_LAUNCHING";
  const detail = {
    LifecycleActionToken: action.token,
    AutoScalingGroupName: group.name,
    LifecycleHookName: hook.name,
    EC2InstanceId: action.instanceId,
    LifecycleTransition: action.transition,
    ...(hook.metadata !== undefined ? { NotificationMetadata: hook.metadata } : {}),
    ...KINDS[launching ? "launch" : "terminate"].way,
  };
  const detailType = `EC2 Instance-${launching ? "launch" : "terminate"} Lifecycle Action`;
  deps.events.emit(scope, { source: "aws.autoscaling", detailType, resources: [group.arn], detail });
  if (hook.targetArn) {
    const word = launching ? "LAUNCHING" : "TERMINATING";
    publish(deps, hook.targetArn, {
      subject: `Auto Scaling:  Lifecycle action '${word}' for instance ${action.instanceId} in progress.`,
      body: { ...detail, AccountId: scope.account, RequestId: deps.ids.uuid(), ...header(deps) },
    });
  }
}

/** What a topic gets when it is first named by a group's notifications or a hook. */
export function announceTest(deps: Deps, scope: Scope, group: GroupRow, topicArn: string): void {
  publish(deps, topicArn, {
    subject: `Auto Scaling: test notification for group "${group.name}"`,
    body: {
      AccountId: scope.account,
      RequestId: deps.ids.uuid(),
      AutoScalingGroupARN: group.arn,
      AutoScalingGroupName: group.name,
      ...header(deps),
      Event: "autoscaling:TEST_NOTIFICATION",
    },
  });
}

const header = (deps: Deps): object => ({ Service: "AWS Auto Scaling", Time: new Date(deps.clock.now()).toISOString() });

function notify(deps: Deps, scope: Scope, group: string, event: string, message: { subject: string; body: object }): void {
  if (!groups(deps.store, scope).has(group)) return;
  for (const row of notifications(deps.store, scope).filter((candidate) => candidate.group === group && candidate.type === event)) {
    publish(deps, row.topicArn, message);
  }
}

/** A topic that is gone or refuses does not stop scaling. */
function publish(deps: Deps, topicArn: string, message: { subject: string; body: object }): void {
  if (parseArn(topicArn)?.service !== "sns") return;
  const source = { principal: "autoscaling.amazonaws.com" };
  const sent = deps.sns.publish(topicArn, { subject: message.subject, body: JSON.stringify(message.body) }, source);
  void deps.clock.during(sent.catch(() => {}));
}
