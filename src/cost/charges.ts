import { INVOCATION_SECONDS, QUERY_LOG_BYTES } from "./assumptions.ts";
import type { Charge, Charging } from "./charge.ts";
import { instance, task } from "./compute.ts";
import { HOURS_PER_MONTH, type PriceKey } from "./price-keys.ts";
import type { Properties, Resource } from "./resource.ts";
import { runsPerMonth } from "./runs.ts";

const GB = 1e9;

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** @param what in the plural, by the assumption `requests` */
const perRequest =
  (what: string, price: PriceKey): Charging =>
  (_, { assume }) => [{ what: `${assume.requests} ${what}`, when: "use", price, quantity: assume.requests }];

interface Metric {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: unknown;
}

/** Metrics that an alarm looks at: its own, or those of its expression. */
const metricsOf = (alarm: Properties): Metric[] =>
  alarm["Metrics"] === undefined
    ? [{ Namespace: alarm["Namespace"], MetricName: alarm["MetricName"], Dimensions: alarm["Dimensions"] }]
    : (alarm["Metrics"] as { MetricStat?: { Metric: Metric } }[]).flatMap(({ MetricStat: stat }) => (stat ? [stat.Metric] : []));

const isCustom = ({ Namespace: namespace }: Metric): boolean => namespace !== undefined && !namespace.startsWith("AWS/");

/**
 * An alarm on an expression costs as many alarms as it has metrics ("Amazon CloudWatch pricing", alarms based on metric math).
 * A custom metric costs for the hours in which it has a value; those that alarms look at come with the leaf's use.
 */
const alarm: Charging = (resource, { all }) => {
  const { properties } = resource;
  const earlier = all.slice(0, all.indexOf(resource)).filter(({ type }) => type === resource.type);
  const count = metricsOf(properties).length;
  return [
    { what: `alarm on ${counted(count, "metric")}`, when: "standing", price: "alarm-metric-month", quantity: count },
    ...customMetrics(
      [properties],
      earlier.map((one) => one.properties),
    ),
  ];
};

/** The alarms that a function makes when the leaf wakes, and deletes when it sleeps: an alarm costs for the hours in which it exists. */
const alarmsWhileAwake: Charging = ({ properties }) => {
  const alarms = (properties["Alarms"] ?? []) as Properties[];
  const count = alarms.reduce((sum, each) => sum + metricsOf(each).length, 0);
  return [
    {
      what: `${counted(alarms.length, "alarm")} on ${counted(count, "metric")}, while awake`,
      when: "awake",
      price: "alarm-metric-month",
      quantity: count / HOURS_PER_MONTH,
    },
    ...customMetrics(alarms, []),
  ];
};

/** The metrics of Rouse's own that these alarms look at and the earlier ones do not. */
function customMetrics(alarms: readonly Properties[], earlier: readonly Properties[]): Charge[] {
  const own = (of: readonly Properties[]): string[] => of.flatMap(metricsOf).flatMap((metric) => (isCustom(metric) ? [JSON.stringify(metric)] : []));
  const told = new Set(own(earlier));
  const fresh = new Set(own(alarms).filter((metric) => !told.has(metric))).size;
  if (fresh === 0) return [];
  return [
    {
      what: `${counted(fresh, "metric")} of Rouse's own, while awake`,
      when: "awake",
      price: "custom-metric-month",
      quantity: fresh / HOURS_PER_MONTH,
    },
  ];
}

/** Target tracking makes two alarms, one for each direction ("Target tracking scaling policies", Application Auto Scaling User Guide). */
const scalingPolicy: Charging = ({ properties }) =>
  properties["PolicyType"] === "TargetTrackingScaling"
    ? [{ what: "two alarms of its target", when: "standing", price: "alarm-metric-month", quantity: 2 }]
    : [];

const fileSystem: Charging = ({ properties }, { assume: { storage } }) => [
  { what: `${storage} GB`, when: "storage", price: "efs-gb-month", quantity: storage },
  ...(properties["BackupPolicy"]?.Status === "ENABLED"
    ? [{ what: `${storage} GB of backups`, when: "storage", price: "efs-backup-gb-month", quantity: storage } as const]
    : []),
];

/** A load balancer has one public address in each of its zones ("Application Load Balancers", public IPv4 addresses). */
const loadBalancer: Charging = ({ properties }, { assume: { lcu } }) => {
  const zones = (properties["Subnets"] ?? properties["SubnetMappings"] ?? []).length;
  return [
    { what: "load balancer", when: "standing", price: "load-balancer-hour", quantity: HOURS_PER_MONTH },
    ...(properties["Scheme"] === "internal"
      ? []
      : [
          {
            what: counted(zones, "public IPv4 address", "public IPv4 addresses"),
            when: "standing",
            price: "public-ipv4-hour",
            quantity: zones * HOURS_PER_MONTH,
          } as const,
        ]),
    { what: `${lcu} LCU of traffic`, when: "use", price: "load-balancer-lcu-hour", quantity: lcu * HOURS_PER_MONTH },
  ];
};

/** Memory of a function where nothing is said, in MB (AWS Lambda API reference, CreateFunction). */
const DEFAULT_MEMORY = 128;

const lambda: Charging = ({ id, properties }, { assume: { invocations } }) => {
  // The CDK's own: it runs for a moment when the stack is deployed.
  if (id.includes("CustomResourceProvider")) return [];
  const memory = Number(properties["MemorySize"] ?? DEFAULT_MEMORY);
  const arm = properties["Architectures"]?.includes("arm64");
  return [
    { what: counted(invocations, "invocation"), when: "use", price: "lambda-request", quantity: invocations },
    {
      what: `${INVOCATION_SECONDS} s each with ${memory} MB`,
      when: "use",
      price: arm ? "lambda-arm-gb-second" : "lambda-x86-gb-second",
      quantity: invocations * INVOCATION_SECONDS * (memory / 1024),
    },
  ];
};

/** A log of queries grows by the query, one of containers by the hour. Those of functions are lost in the rounding. */
const logGroup: Charging = (resource, { all, assume, tasks }) => {
  const days = Number(resource.properties["RetentionInDays"] ?? 30);
  const kept = Math.min(days, 30) / 30;
  const name = JSON.stringify(resource.properties["LogGroupName"] ?? "");
  if (name.includes("/aws/route53/")) {
    const size = (assume.requests * QUERY_LOG_BYTES) / GB;
    return [
      { what: `a line for each of ${assume.requests} queries`, when: "use", price: "logs-ingested-gb", quantity: size },
      { what: `kept for ${counted(days, "day")}`, when: "use", price: "logs-stored-gb-month", quantity: size * kept },
    ];
  }
  const isContainers = all.some(({ type, properties }) => type === "AWS::ECS::TaskDefinition" && refersTo(properties, resource));
  if (!isContainers) return [];
  const size = (tasks * assume.logs) / 1000;
  return [
    { what: `${assume.logs} MB of log`, when: "awake", price: "logs-ingested-gb", quantity: size },
    { what: `kept for ${counted(days, "day")}`, when: "awake", price: "logs-stored-gb-month", quantity: size * kept },
  ];
};

const refersTo = (properties: Properties, { id }: Resource): boolean => JSON.stringify(properties).includes(`{"Ref":"${id}"}`);

/** A schedule that is off comes never due. */
const schedule: Charging = ({ properties }) => {
  const expression = String(properties["ScheduleExpression"]);
  const runs = properties["State"] === "DISABLED" ? 0 : runsPerMonth(expression);
  if (runs === undefined) return [{ notPriced: `a schedule of ${expression}: how often it comes due is not known` }];
  return [{ what: `${Math.round(runs)} times`, when: "use", price: "schedule-invocation", quantity: runs }];
};

/** Container Insights sends as many metrics as there are tasks and services; each costs. */
const cluster: Charging = ({ properties }) => {
  const insights = (properties["ClusterSettings"] ?? []).find(({ Name: name }: { Name: string }) => name === "containerInsights")?.Value;
  return insights === "enabled" || insights === "enhanced"
    ? [{ notPriced: `Container Insights (${insights}): how many metrics it sends is not known before it runs` }]
    : [];
};

const parameter: Charging = ({ properties }) =>
  ["Advanced", "Intelligent-Tiering"].includes(properties["Tier"]) ? [{ notPriced: `a parameter of tier ${properties["Tier"]}` }] : [];

/** The types of resource that cost, and what. Where a list is empty, this one is free of charge. */
export const CHARGES: Readonly<Record<string, Charging>> = {
  "AWS::ApiGatewayV2::Api": perRequest("requests", "http-api-request"),
  "AWS::ApplicationAutoScaling::ScalingPolicy": scalingPolicy,
  "AWS::CloudWatch::Alarm": alarm,
  "AWS::CloudWatch::Dashboard": () => [{ what: "dashboard", when: "standing", price: "dashboard-month", quantity: 1 }],
  "AWS::EC2::LaunchTemplate": instance,
  "AWS::ECR::Repository": (_, { assume: { image } }) => [
    { what: `an image of ${image} GB`, when: "storage", price: "ecr-gb-month", quantity: image },
  ],
  "AWS::ECS::Cluster": cluster,
  "AWS::ECS::TaskDefinition": task,
  "AWS::EFS::FileSystem": fileSystem,
  "AWS::ElasticLoadBalancingV2::LoadBalancer": loadBalancer,
  "AWS::Lambda::Function": lambda,
  "AWS::Logs::LogGroup": logGroup,
  "AWS::Route53::HostedZone": (_, { assume: { requests } }) => [
    { what: "hosted zone", when: "standing", price: "hosted-zone-month", quantity: 1 },
    { what: `${requests} queries`, when: "use", price: "dns-query", quantity: requests },
  ],
  "AWS::Scheduler::Schedule": schedule,
  "AWS::SNS::Topic": perRequest("messages", "sns-request"),
  "AWS::SQS::Queue": perRequest("requests", "sqs-request"),
  "AWS::SSM::Parameter": parameter,
  "AWS::StepFunctions::StateMachine": perRequest("transitions", "state-transition"),
  "Custom::WatchdogAlarms": alarmsWhileAwake,
};
