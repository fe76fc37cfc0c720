import { list, named, type Reader } from "./reader.ts";

const logGroup: Reader = async (context, { physicalId }) => {
  const { logGroups } = await context.call("logs", "DescribeLogGroups", { logGroupNamePrefix: physicalId });
  const found = list(logGroups).find((group) => group["logGroupName"] === physicalId);
  return found && named(found, "LogGroupName RetentionInDays LogGroupClass KmsKeyId");
};

const resourcePolicy: Reader = async (context, { physicalId }) => {
  const { resourcePolicies } = await context.call("logs", "DescribeResourcePolicies", {});
  const found = list(resourcePolicies).find((policy) => policy["policyName"] === physicalId);
  return found && named(found, "PolicyName PolicyDocument");
};

/** A filter of a log group, of one sort or the other. */
const filter =
  (operation: string, answer: string, names: string): Reader =>
  async (context, { physicalId, properties }) => {
    const described = await context.call("logs", operation, { logGroupName: properties["LogGroupName"] });
    const found = list(described[answer]).find((one) => one["filterName"] === physicalId);
    return found && named(found, names);
  };

const ALARM =
  "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Threshold TreatMissingData Unit";

const alarm: Reader = async (context, { physicalId }) => {
  const { MetricAlarms } = await context.call("cloudwatch", "DescribeAlarms", { AlarmNames: [physicalId] });
  const [found] = list(MetricAlarms);
  return found && named(found, ALARM);
};

const dashboard: Reader = async (context, { physicalId }) => {
  const { DashboardBody } = await context.call("cloudwatch", "GetDashboard", { DashboardName: physicalId });
  return { DashboardBody: DashboardBody as string };
};

export const observabilityReaders: Record<string, Reader> = {
  "AWS::Logs::LogGroup": logGroup,
  "AWS::Logs::ResourcePolicy": resourcePolicy,
  "AWS::Logs::SubscriptionFilter": filter("DescribeSubscriptionFilters", "subscriptionFilters", "FilterPattern DestinationArn RoleArn"),
  "AWS::Logs::MetricFilter": filter("DescribeMetricFilters", "metricFilters", "FilterPattern MetricTransformations"),
  "AWS::CloudWatch::Alarm": alarm,
  "AWS::CloudWatch::Dashboard": dashboard,
};
