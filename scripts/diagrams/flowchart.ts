/** Relations as a Mermaid flowchart. */
import { WATCHDOG_ALARMS } from "../../src/functions/reconcile/env.ts";
import { identifier, quoted } from "./mermaid.ts";
import { alarmsIn, isMetric, type Metric, type Node, type Relation } from "./relations.ts";
import { type Assembly, at, list, type Resource, shortName, type Template, text } from "./templates.ts";

/** What the types are called in the picture; a type that is not here goes by its own last word. */
const WORDS: Record<string, string> = {
  "AWS::ApiGatewayV2::Api": "HTTP API",
  "AWS::AutoScaling::AutoScalingGroup": "Auto Scaling group",
  "AWS::AutoScaling::ScalingPolicy": "Scaling policy",
  "AWS::CloudWatch::Alarm": "Alarm",
  "AWS::EC2::LaunchTemplate": "Instance",
  "AWS::ECS::CapacityProvider": "Capacity provider",
  "AWS::ECS::Cluster": "ECS cluster",
  "AWS::ECS::Service": "ECS service",
  "AWS::ECS::TaskDefinition": "ECS task",
  "AWS::ElasticLoadBalancingV2::Listener": "Listener",
  "AWS::ElasticLoadBalancingV2::ListenerRule": "Listener rule",
  "AWS::ElasticLoadBalancingV2::LoadBalancer": "Load balancer",
  "AWS::ElasticLoadBalancingV2::TargetGroup": "Target group",
  "AWS::Events::Rule": "Rule",
  [WATCHDOG_ALARMS]: "Alarms",
  "AWS::Lambda::Function": "Function",
  "AWS::Logs::LogGroup": "Log group",
  "AWS::Logs::SubscriptionFilter": "Subscription filter",
  "AWS::Route53::HostedZone": "Hosted zone",
  "AWS::Route53::RecordSet": "Record",
  "AWS::SNS::Topic": "SNS topic",
  "AWS::SSM::Parameter": "Parameter",
  "AWS::Scheduler::Schedule": "Schedule",
  "AWS::Scheduler::ScheduleGroup": "Schedules",
  "AWS::StepFunctions::StateMachine": "State machine",
};

/** Somebody outside of the stacks who sets something off. */
export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly to: readonly { readonly node: Node; readonly label: string }[];
}

/** @returns a Mermaid flowchart, grouped by stack and nested stack; the arrows in the order in which things happen */
export function flowchart(assembly: Assembly, relations: Relation[], entries: readonly Entry[]): string {
  const starts = entries.flatMap(({ to }) => to.map(({ node }) => node));
  const nodes = new Set([...relations.flatMap(({ from, to }) => [from, to]), ...starts]);
  const drawn = new Drawing(nodes);
  return [
    "flowchart TB",
    ...entries.map(({ id, title }) => `  ${id}([${quoted(title)}])`),
    ...assembly.templates.filter(({ parent }) => !parent).flatMap((template) => drawn.stack(template, 1)),
    ...entries.flatMap(({ id, to }) => to.map(({ node, label }) => `  ${id} -->|${quoted(label)}| ${drawn.idOf(node)}`)),
    ...merged(inOrder(relations, starts)).map((relation) => `  ${drawn.idOf(relation.from)} ${arrow(relation)} ${drawn.idOf(relation.to)}`),
    "",
  ].join("\n");
}

const arrow = ({ label, weak }: Relation): string => `${weak ? "-.->" : "-->"}|${quoted(label)}|`;

/** As they happen, beginning at the entries; then what they do not lead to. */
function inOrder(relations: Relation[], starts: Node[]): Relation[] {
  const order: Node[] = [...starts];
  for (const node of order) for (const { from, to } of relations) if (from === node && !order.includes(to)) order.push(to);
  const place = ({ from }: Relation): number => (order.includes(from) ? order.indexOf(from) : order.length);
  return relations.toSorted((a, b) => place(a) - place(b));
}

/** One arrow for what goes the same way twice. */
function merged(relations: Relation[]): Relation[] {
  const found: Relation[] = [];
  for (const relation of relations) {
    const index = found.findIndex(({ from, to }) => from === relation.from && to === relation.to);
    const same = found[index];
    if (!same) found.push(relation);
    else if (same.label !== relation.label) found[index] = { ...same, label: `${same.label}, ${relation.label}` };
  }
  return found;
}

class Drawing {
  private readonly nodes: Set<Node>;

  constructor(nodes: Set<Node>) {
    this.nodes = nodes;
  }

  idOf(node: Node): string {
    return isMetric(node) ? identifier(`metric ${node.namespace} ${node.name}`) : identifier(`${node.template.name} ${shortName(node)}`);
  }

  /** A stack with what it holds; nothing where it holds nothing that is drawn. */
  stack(template: Template, depth: number): string[] {
    const indent = "  ".repeat(depth);
    const inside = [
      ...[...template.resources.values()].filter((resource) => this.nodes.has(resource)).map((resource) => `${indent}  ${this.node(resource)}`),
      ...this.metricsBeside(template).map((metric) => `${indent}  ${this.idOf(metric)}([${quoted(`${metric.namespace}<br/>${metric.name}`)}])`),
      ...[...template.nested.values()].flatMap((nested) => this.stack(nested, depth + 1)),
    ];
    if (inside.length === 0) return [];
    const title = template.parent ? template.name : `${template.name} (${template.region})`;
    return [`${indent}subgraph ${identifier(`stack ${template.name}`)}[${quoted(title)}]`, ...inside, `${indent}end`];
  }

  private node(resource: Resource): string {
    const label = `${WORDS[resource.type] ?? resource.type.split("::").at(-1)!}<br/>${this.detail(resource)}`;
    const [open, close] =
      resource.type === "AWS::Lambda::Function" ? ["[[", "]]"] : resource.type === "AWS::Logs::LogGroup" ? ["[(", ")]"] : ["[", "]"];
    return `${this.idOf(resource)}${open}${quoted(label)}${close}`;
  }

  private detail(resource: Resource): string {
    const { properties } = resource;
    const value = (...path: string[]): string => text(at(properties, ...path));
    switch (resource.type) {
      case "AWS::Route53::RecordSet":
        return `${value("Type")} ${value("Name").replace(/\.$/, "")}<br/>${value("ResourceRecords").replaceAll('"', "")}, TTL ${value("TTL")} s`;
      case "AWS::EC2::LaunchTemplate":
        return `${shortName(resource)}: ${value("LaunchTemplateData", "InstanceType")}`;
      case "AWS::AutoScaling::AutoScalingGroup":
        return `${shortName(resource)}: ${value("MinSize")} to ${value("MaxSize")}`;
      case WATCHDOG_ALARMS:
        return alarmsIn(resource)
          .map((alarm) => text(at(alarm, "AlarmName")).split("/").at(-1))
          .join(", ");
      case "AWS::Logs::LogGroup":
        return value("LogGroupName");
      case "AWS::Lambda::Function":
        return value("FunctionName");
      case "AWS::ElasticLoadBalancingV2::TargetGroup":
        return value("TargetType") === "lambda" ? "of a function" : `of addresses, port ${value("Port")}`;
      case "AWS::ElasticLoadBalancingV2::ListenerRule":
        return list(properties["Conditions"])
          .flatMap((condition) => list(at(condition, "PathPatternConfig", "Values")).map((each) => text(each)))
          .join(" ");
      case "AWS::ElasticLoadBalancingV2::Listener":
        return `${value("Protocol")}, port ${value("Port")}`;
      case "AWS::SSM::Parameter":
      case "AWS::Scheduler::Schedule":
      case "AWS::Scheduler::ScheduleGroup":
        return value("Name");
      case "AWS::StepFunctions::StateMachine":
        return value("StateMachineName");
      default:
        return shortName(resource);
    }
  }

  /** Metrics are drawn beside the alarms that look at them. */
  private metricsBeside(template: Template): Metric[] {
    const alarms = [...template.resources.values()].flatMap(alarmsIn);
    const names = alarms.flatMap((alarm) => list(at(alarm, "Metrics")).map((query) => at(query, "MetricStat", "Metric")));
    return [...this.nodes]
      .filter(isMetric)
      .filter((metric) => names.some((name) => at(name, "Namespace") === metric.namespace && at(name, "MetricName") === metric.name));
  }
}
