/** What sets off what: read from the resources' own properties, policies and event patterns, and from nothing else. */
import { WATCHDOG_ALARMS } from "../functions/reconcile/env.ts";
import { type Assembly, at, type Json, list, type Resource, text, type Template, topOf } from "./templates.ts";

/** A metric that an alarm looks at. It is no resource of a template. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** Name of the stack whose alarms look at it. */
  readonly stack: string;
}

export type Node = Resource | Metric;

export interface Relation {
  readonly from: Node;
  readonly to: Node;
  readonly label: string;
  /** Looks, or prepares; does not set off by itself. */
  readonly weak?: boolean;
}

export const isMetric = (node: Node): node is Metric => !("type" in node);

/** Property that holds the name under which a resource of the type is known. */
const NAME_OF: Record<string, string> = {
  "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
  "AWS::ECS::Cluster": "ClusterName",
  "AWS::ECS::Service": "ServiceName",
  "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
  "AWS::Logs::LogGroup": "LogGroupName",
  "AWS::SSM::Parameter": "Name",
};

const STATES = "ECS Task State Change";

export class Relations {
  private readonly metrics = new Map<string, Metric>();
  private readonly assembly: Assembly;

  constructor(assembly: Assembly) {
    this.assembly = assembly;
  }

  /** All relations that are known, in the order of the templates. */
  all(): Relation[] {
    return this.assembly.resources.flatMap((resource) => this.of(resource));
  }

  private of(resource: Resource): Relation[] {
    switch (resource.type) {
      case "AWS::Route53::HostedZone":
        return this.queryLog(resource);
      case "AWS::Route53::RecordSet":
        return this.answer(resource);
      case "AWS::Logs::SubscriptionFilter":
        return this.subscription(resource);
      case "AWS::Lambda::Function":
        return this.permissions(resource);
      case "AWS::AutoScaling::AutoScalingGroup":
        return this.forward(resource, "LaunchTemplate", "launches", "AWS::EC2::LaunchTemplate");
      case "AWS::EC2::LaunchTemplate":
        return this.forward(resource, "LaunchTemplateData.UserData", "agent joins", "AWS::ECS::Cluster");
      case "AWS::ECS::Service":
        return this.service(resource);
      case "AWS::ECS::CapacityProvider":
        return this.draining(resource);
      case "AWS::Events::Rule":
        return this.rule(resource);
      case "AWS::CloudWatch::Alarm":
        return [
          ...this.alarm(resource, resource.properties),
          ...this.assembly.references(resource.properties["AlarmActions"], resource.template).map((to) => ({ from: resource, to, label: "ALARM" })),
        ];
      case WATCHDOG_ALARMS:
        return this.watchdogAlarms(resource);
      case "AWS::AutoScaling::ScalingPolicy":
        return this.scalingPolicy(resource);
      default:
        return [];
    }
  }

  private answer(record: Resource): Relation[] {
    if (record.properties["Type"] !== "A") return [];
    return this.to(record, "HostedZoneId").map((zone) => ({ from: zone, to: record, label: "answers" }));
  }

  private queryLog(zone: Resource): Relation[] {
    const arn = text(at(zone.properties, "QueryLoggingConfig", "CloudWatchLogsLogGroupArn"));
    return this.named("AWS::Logs::LogGroup", /:log-group:(.+)$/.exec(arn)?.[1]).map((log) => ({ from: zone, to: log, label: "query log line" }));
  }

  private subscription(filter: Resource): Relation[] {
    const logs = this.named("AWS::Logs::LogGroup", text(at(filter.properties, "LogGroupName")));
    const type = /type = "(\w+)"/.exec(text(at(filter.properties, "FilterPattern")))?.[1];
    return [
      ...logs.map((log) => ({ from: log, to: filter, label: type ? `a leaf's name, type ${type}` : "matches" })),
      ...this.forward(filter, "DestinationArn", "invokes", "AWS::Lambda::Function"),
    ];
  }

  /** What a function may change. What it may only read sets nothing off. */
  private permissions(fn: Resource): Relation[] {
    const [role] = this.to(fn, "Role");
    const own = list(at(role?.properties, "Policies")).map((policy) => ({ by: fn, document: at(policy, "PolicyDocument") }));
    const managed = list(at(role?.properties, "ManagedPolicyArns"))
      .flatMap((arn) => this.named("AWS::IAM::ManagedPolicy", /:policy\/(.+)$/.exec(text(arn))?.[1]))
      .map((policy) => ({ by: policy, document: policy.properties["PolicyDocument"] }));
    return [...own, ...managed].flatMap(({ by, document }) =>
      list(at(document, "Statement")).flatMap((statement) =>
        list(at(statement, "Action")).flatMap((action) => this.permission({ fn, by }, text(action), statement)),
      ),
    );
  }

  /** @param of.by the resource in whose template the statement is */
  private permission({ fn, by }: { fn: Resource; by: Resource }, action: string, statement: Json): Relation[] {
    const resources = list(at(statement, "Resource"));
    const texts = resources.map((resource) => text(resource));
    const label = action.split(":")[1]!;
    switch (action) {
      case "autoscaling:UpdateAutoScalingGroup":
        return texts
          .flatMap((text) => this.named("AWS::AutoScaling::AutoScalingGroup", /autoScalingGroupName\/(.+)$/.exec(text)?.[1]))
          .map((to) => ({ from: fn, to, label }));
      case "ssm:GetParameter":
        return texts
          .flatMap((text) => this.named("AWS::SSM::Parameter", /:parameter(\/.+)$/.exec(text)?.[1]))
          .map((to) => ({ from: fn, to, label: "reads", weak: true }));
      case "cloudwatch:PutMetricData": {
        const namespace = text(at(statement, "Condition", "StringEquals", "cloudwatch:namespace"));
        return this.metricsOf(namespace).map((to) => ({ from: fn, to, label }));
      }
      case "sns:Publish":
        return this.referenced(resources, fn, "AWS::SNS::Topic").map((to) => ({ from: fn, to, label }));
      case "route53:ChangeResourceRecordSets":
        return this.recordsIn(this.referenced(resources, by, "AWS::Route53::HostedZone"), statement).map((to) => ({ from: fn, to, label }));
      default:
        return [];
    }
  }

  /** The records of these zones that the statement's conditions allow to be changed. */
  private recordsIn(zones: Resource[], statement: Json): Resource[] {
    const conditions = Object.values((at(statement, "Condition") ?? {}) as Record<string, Json>);
    const allowed = (key: string): string[] => conditions.flatMap((condition) => list(at(condition, key)).map((each) => text(each)));
    const names = allowed("route53:ChangeResourceRecordSetsNormalizedRecordNames");
    const types = allowed("route53:ChangeResourceRecordSetsRecordTypes");
    return this.assembly.resources.filter((record) => {
      if (record.type !== "AWS::Route53::RecordSet" || !this.to(record, "HostedZoneId").some((zone) => zones.includes(zone))) return false;
      const { Name: name, Type: type } = record.properties;
      return (names.length === 0 || names.includes(text(name).replace(/\.$/, ""))) && (types.length === 0 || types.includes(text(type)));
    });
  }

  private service(service: Resource): Relation[] {
    const label = at(service.properties, "SchedulingStrategy") === "DAEMON" ? "a task on each instance" : "has";
    return [
      ...this.to(service, "Cluster").map((cluster) => ({ from: cluster, to: service, label })),
      ...this.forward(service, "TaskDefinition", "runs", "AWS::ECS::TaskDefinition"),
    ];
  }

  private draining(provider: Resource): Relation[] {
    const label = at(provider.properties, "AutoScalingGroupProvider", "ManagedDraining") === "ENABLED" ? "drains before the end" : "has";
    return this.forward(provider, "AutoScalingGroupProvider.AutoScalingGroupArn", label, "AWS::AutoScaling::AutoScalingGroup").map((each) => ({
      ...each,
      weak: true,
    }));
  }

  private rule(rule: Resource): Relation[] {
    const pattern = at(rule.properties, "EventPattern");
    const detail = (key: string): string[] => list(at(pattern, "detail", key)).map((each) => text(each));
    const kinds = list(at(pattern, "detail-type")).map(text);
    const groups = detail("AutoScalingGroupName").flatMap((name) => this.named("AWS::AutoScaling::AutoScalingGroup", name));
    const services = detail("group").flatMap((name) => this.named("AWS::ECS::Service", name.replace(/^service:/, "")));
    const statuses = detail("lastStatus");
    const label = kinds.every((kind) => kind === STATES) && statuses.length > 0 ? `task ${shorten(statuses)}` : `${kinds.length} kinds of event`;
    return [
      ...[...groups, ...services].map((from) => ({ from, to: rule, label })),
      ...list(at(rule.properties, "Targets")).flatMap((target) =>
        this.assembly.references(at(target, "Arn"), rule.template).map((to) => ({ from: rule, to, label: "invokes" })),
      ),
    ];
  }

  /** The metrics that an alarm looks at, and what they measure. */
  private alarm(node: Resource, alarm: Json): Relation[] {
    const stats = list(at(alarm, "Metrics")).flatMap((query) => list(at(query, "MetricStat", "Metric")));
    const observed = new Map(stats.map((metric) => [this.metric(metric, node.template), metric]));
    const period = Math.max(...list(at(alarm, "Metrics")).map((query) => Number(at(query, "MetricStat", "Period") ?? 0)));
    const label = `${(Number(at(alarm, "EvaluationPeriods")) * period) / 60} min`;
    return [
      ...[...observed].flatMap(([metric, definition]) =>
        this.measured(definition).map((from) => ({ from, to: metric, label: "measured", weak: true })),
      ),
      ...[...observed.keys()].map((metric) => ({ from: metric, to: node, label })),
    ];
  }

  /**
   * Alarms that a function makes when the leaf wakes, and deletes when it sleeps: the template has what they look at. They execute the
   * policies of the group, which the function finds by the group, and invoke the function.
   */
  private watchdogAlarms(alarms: Resource): Relation[] {
    const groups = list(at(alarms.properties, "Alarms")).flatMap((alarm) =>
      list(at(alarm, "Metrics")).flatMap((query) =>
        list(at(query, "MetricStat", "Metric", "Dimensions")).flatMap((each) =>
          text(at(each, "Name")) === "AutoScalingGroupName" ? [text(at(each, "Value"))] : [],
        ),
      ),
    );
    const policies = this.assembly.resources.filter(
      ({ type, properties }) => type === "AWS::AutoScaling::ScalingPolicy" && groups.includes(text(properties["AutoScalingGroupName"])),
    );
    const functions = this.to(alarms, "ServiceToken");
    return [
      ...list(at(alarms.properties, "Alarms")).flatMap((alarm) => this.alarm(alarms, alarm)),
      ...functions.map((from) => ({ from, to: alarms, label: "while it is up" })),
      ...policies.map((to) => ({ from: alarms, to, label: "ALARM" })),
      ...functions.map((to) => ({ from: alarms, to, label: "left up" })),
    ];
  }

  /** What a metric tells about, by its dimensions. A service's ones name its cluster too. */
  private measured(metric: Json): Node[] {
    const dimensions = new Map(list(at(metric, "Dimensions")).map((each) => [text(at(each, "Name")), text(at(each, "Value"))]));
    const groups = this.named("AWS::AutoScaling::AutoScalingGroup", dimensions.get("AutoScalingGroupName"));
    // The instances of the group are what is measured, and its launch template is what stands for them.
    const instances = groups.flatMap((group) => this.assembly.references(group.properties["LaunchTemplate"], group.template)).slice(0, 1);
    return [...instances, ...this.named("AWS::ECS::Service", dimensions.get("ServiceName"))];
  }

  private scalingPolicy(policy: Resource): Relation[] {
    const [step] = list(at(policy.properties, "StepAdjustments"));
    const label = at(policy.properties, "AdjustmentType") === "ExactCapacity" ? `desired ${text(at(step, "ScalingAdjustment"))}` : "scales";
    return this.named("AWS::AutoScaling::AutoScalingGroup", text(at(policy.properties, "AutoScalingGroupName"))).map((to) => ({
      from: policy,
      to,
      label,
    }));
  }

  private forward(from: Resource, property: string, label: string, type: string): Relation[] {
    const found = this.referenced([at(from.properties, ...property.split(".")) ?? null], from, type);
    return found.map((to) => ({ from, to, label }));
  }

  private to(resource: Resource, property: string): Resource[] {
    return this.assembly.references(resource.properties[property], resource.template);
  }

  private referenced(values: Json[], by: Resource, type: string): Resource[] {
    return [...new Set(this.assembly.references(values, by.template).filter((each) => each.type === type))];
  }

  private named(type: string, name: string | undefined): Resource[] {
    const [start = "", ...more] = name?.split("*") ?? [];
    const isNamed = (its: string): boolean => (more.length === 0 ? its === name : its.startsWith(start) && its.endsWith(more.at(-1)!));
    return this.assembly.resources.filter((each) => each.type === type && name !== undefined && isNamed(text(each.properties[NAME_OF[type]!])));
  }

  private metric(definition: Json, template: Template): Metric {
    const [namespace, name] = [text(at(definition, "Namespace")), text(at(definition, "MetricName"))];
    const { name: stack } = topOf(template);
    const key = `${namespace} ${name} ${stack}`;
    const known = this.metrics.get(key) ?? { namespace, name, stack };
    this.metrics.set(key, known);
    return known;
  }

  private metricsOf(namespace: string): Metric[] {
    const found = this.assembly.resources.flatMap((resource) =>
      alarmsIn(resource).flatMap((alarm) =>
        list(at(alarm, "Metrics")).flatMap((query) => list(at(query, "MetricStat", "Metric")).map((each) => this.metric(each, resource.template))),
      ),
    );
    return [...new Set(found)].filter((metric) => metric.namespace === namespace);
  }
}

/** Definitions of the alarms that a resource is, or stands for. */
export const alarmsIn = ({ type, properties }: Resource): Json[] =>
  type === "AWS::CloudWatch::Alarm" ? [properties] : type === WATCHDOG_ALARMS ? list(properties["Alarms"]) : [];

const shorten = (words: string[]): string => (words.length > 2 ? `${words[0]} … ${words.at(-1)}` : words.join(", "));
