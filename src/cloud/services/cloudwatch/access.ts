import type { Access } from "../../core/service.ts";
import { arn } from "../../core/scope.ts";

/**
 * Actions with resource-level permissions: "Actions, resources, and condition keys for Amazon CloudWatch" (Service
 * Authorization Reference). Metrics have none: PutMetricData, GetMetricData, GetMetricStatistics and ListMetrics need `*`.
 */
const onAlarms =
  (operation: string, names: (input: { AlarmName?: string; AlarmNames?: string[] }) => string[]): Access =>
  (input, call) => {
    const found = names(input).map((name) => arn("cloudwatch", call, `alarm:${name}`));
    return [{ action: `cloudwatch:${operation}`, resources: found.length > 0 ? found : [arn("cloudwatch", call, "alarm:*")] }];
  };

const onDashboards =
  (operation: string): Access =>
  (input: { DashboardName?: string; DashboardNames?: string[] }, call) => {
    const names = input.DashboardNames ?? [input.DashboardName ?? ""];
    return [{ action: `cloudwatch:${operation}`, resources: names.map((name) => arn("cloudwatch", { ...call, region: "" }, `dashboard/${name}`)) }];
  };

const onArn =
  (operation: string): Access =>
  (input: { ResourceARN?: string }) => [{ action: `cloudwatch:${operation}`, resources: [input.ResourceARN ?? "*"] }];

const one = ({ AlarmName }: { AlarmName?: string }): string[] => (AlarmName ? [AlarmName] : []);
const many = ({ AlarmNames }: { AlarmNames?: string[] }): string[] => AlarmNames ?? [];

export const access: Record<string, Access> = {
  PutMetricAlarm: onAlarms("PutMetricAlarm", one),
  SetAlarmState: onAlarms("SetAlarmState", one),
  DeleteAlarms: onAlarms("DeleteAlarms", many),
  EnableAlarmActions: onAlarms("EnableAlarmActions", many),
  DisableAlarmActions: onAlarms("DisableAlarmActions", many),
  // "Your cloudwatch:DescribeAlarms permission must be scoped to *" only for composite alarms.
  DescribeAlarms: onAlarms("DescribeAlarms", many),
  DescribeAlarmHistory: onAlarms("DescribeAlarmHistory", one),
  PutDashboard: onDashboards("PutDashboard"),
  GetDashboard: onDashboards("GetDashboard"),
  DeleteDashboards: onDashboards("DeleteDashboards"),
  ListTagsForResource: onArn("ListTagsForResource"),
  TagResource: onArn("TagResource"),
  UntagResource: onArn("UntagResource"),
  // A condition on the namespace limits who may publish what ("Using condition keys to limit access to namespaces").
  PutMetricData: (input: { Namespace?: string }) => [
    { action: "cloudwatch:PutMetricData", resources: ["*"], ...(input.Namespace ? { context: { "cloudwatch:namespace": input.Namespace } } : {}) },
  ],
};
