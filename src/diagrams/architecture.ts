/** What is where, and who calls whom. */
import { WATCHDOG_ALARMS } from "../functions/reconcile/env.ts";
import type { Box, Diagram, DiagramNode } from "./diagram.ts";
import { engineRelations } from "./engine-relations.ts";
import { identifier } from "./mermaid.ts";
import { alarmsIn, isMetric, type Metric, type Node, type Relation, Relations } from "./relations.ts";
import { type Assembly, at, list, type Resource, shortName, type Template, text, topOf } from "./templates.ts";

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

const SHAPES: Record<string, DiagramNode["shape"]> = { "AWS::Lambda::Function": "double", "AWS::Logs::LogGroup": "store" };

/** Somebody outside of the stacks who sets something off. */
interface Entry {
  readonly id: string;
  readonly title: string;
  readonly to: readonly { readonly node: Node; readonly label: string }[];
}

/** What is where, by region and stack, and what sets off what: the arrows in the order in which things happen. */
export function architecture(assembly: Assembly): Diagram {
  const relations = [...new Relations(assembly).all(), ...engineRelations(assembly)];
  const entries = entriesOf(assembly, relations).filter(({ to }) => to.length > 0);
  const starts = entries.flatMap(({ to }) => to.map(({ node }) => node));
  const drawing = new Drawing(assembly, new Set([...relations.flatMap(({ from, to }) => [from, to]), ...starts]));
  const stacks = assembly.templates.filter(({ parent }) => !parent).flatMap((template) => drawing.stack(template));
  return {
    direction: "TB",
    nodes: entries.map(({ id, title }) => ({ id, shape: "round", lines: [title] })),
    boxes: byRegion(stacks),
    edges: [
      ...entries.flatMap(({ id, to }) => to.map(({ node, label }) => ({ from: id, to: drawing.idOf(node), lines: [label], weak: false }))),
      ...merged(inOrder(relations, starts)).map(({ from, to, label, weak = false }) => ({
        from: drawing.idOf(from),
        to: drawing.idOf(to),
        lines: [label],
        weak,
      })),
    ],
  };
}

/** Those who are outside: visitors, programs, and time. */
function entriesOf(assembly: Assembly, relations: readonly Relation[]): Entry[] {
  const of = (type: string): Resource[] => assembly.resources.filter((each) => each.type === type);
  // The name that the visitor asks for is that of the record with which the zone answers.
  const answers = relations.filter(({ label }) => label === "answers");
  const asked = of("AWS::Events::Rule").filter(({ properties }) =>
    list(at(properties, "EventPattern", "source")).some((source) => !text(source).startsWith("aws.")),
  );
  const names = new Map<Node, string[]>();
  for (const { from, to } of answers)
    if (!isMetric(to)) names.set(from, [...(names.get(from) ?? []), text(to.properties["Name"]).replace(/\.$/, "")]);
  const dns = [...names].map(([node, [first, ...others]]) => ({ node, label: `A ${first}${others.length > 0 ? ` and ${others.length} more` : ""}` }));
  return [
    { id: "visitor", title: "A visitor's DNS query", to: dns },
    {
      id: "browser",
      title: "A browser, a program",
      to: of("AWS::ElasticLoadBalancingV2::LoadBalancer").map((node) => ({ node, label: "HTTP" })),
    },
    {
      id: "program",
      title: "Whoever starts it by name",
      to: [
        ...asked.map((node) => ({ node, label: text(at(node.properties, "EventPattern", "detail-type")) })),
        ...of("AWS::ApiGatewayV2::Api").map((node) => ({ node, label: "a signed request" })),
        ...of("AWS::StepFunctions::StateMachine").map((node) => ({ node, label: "StartExecution" })),
      ],
    },
  ];
}

/** Regions, where there are several. */
function byRegion(stacks: readonly { readonly region: string; readonly box: Box }[]): Box[] {
  const regions = [...new Set(stacks.map(({ region }) => region))];
  if (regions.length < 2) return stacks.map(({ region, box }) => ({ ...box, title: [`${box.title.join(" ")} (${region})`] }));
  return regions.map((region) => ({
    id: identifier(`region ${region}`),
    title: [region],
    nodes: [],
    boxes: stacks.filter((stack) => stack.region === region).map(({ box }) => box),
  }));
}

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
  /** Of nested stacks several have the same name, in a picture of several leaves. */
  private readonly severalLeaves: boolean;

  constructor({ templates }: Assembly, nodes: Set<Node>) {
    this.nodes = nodes;
    this.severalLeaves = new Set(templates.map(({ name }) => name)).size < templates.length;
  }

  idOf(node: Node): string {
    if (!isMetric(node)) return identifier(`${this.nameOf(node.template)} ${shortName(node)}`);
    return identifier(`metric ${node.namespace} ${node.name}${this.severalLeaves ? ` ${node.stack}` : ""}`);
  }

  private nameOf({ name, parent }: Template): string {
    return this.severalLeaves && parent ? `${parent.template.name} ${name}` : name;
  }

  /** A stack with what it holds; nothing where it holds nothing that is drawn. */
  stack(template: Template): { region: string; box: Box }[] {
    const nodes = [
      ...[...template.resources.values()].filter((resource) => this.nodes.has(resource)).map((resource) => this.node(resource)),
      ...this.metricsBeside(template).map((metric) => ({ id: this.idOf(metric), shape: "round" as const, lines: [metric.namespace, metric.name] })),
    ];
    const boxes = [...template.nested.values()].flatMap((nested) => this.stack(nested).map(({ box }) => box));
    if (nodes.length === 0 && boxes.length === 0) return [];
    return [{ region: template.region, box: { id: identifier(`stack ${this.nameOf(template)}`), title: [template.name], nodes, boxes } }];
  }

  private node(resource: Resource): DiagramNode {
    const shape = SHAPES[resource.type] ?? "box";
    return {
      id: this.idOf(resource),
      shape,
      lines: [
        WORDS[resource.type] ?? resource.type.split("::").at(-1)!,
        ...this.detail(resource)
          .split("<br/>")
          .filter((line) => line !== ""),
      ],
    };
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
          .flatMap((condition) =>
            [...list(at(condition, "HostHeaderConfig", "Values")), ...list(at(condition, "PathPatternConfig", "Values"))].map((each) => text(each)),
          )
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
    const { name: stack } = topOf(template);
    return [...this.nodes]
      .filter(isMetric)
      .filter(
        (metric) =>
          metric.stack === stack && names.some((name) => at(name, "Namespace") === metric.namespace && at(name, "MetricName") === metric.name),
      );
  }
}
