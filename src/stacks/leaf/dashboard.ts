import { aws_cloudwatch as cloudwatch, NestedStack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { groupName } from "../../functions/shared/names.ts";
import { type AlarmDefinition, watchdogAlarms } from "../../functions/shared/watchdog-alarms.ts";
import { leafId } from "../engine/engine-arns.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { starterName } from "../dns/starter.ts";
import { DNS_REGION } from "../names.ts";
import type { RouseFunction } from "../rouse-function.ts";
import { untagged } from "../rouse-stack.ts";
import type { Volume } from "./volumes.ts";
import { watchOf } from "./watchdog-alarms.ts";

const HALF = 12;
const HEIGHT = 6;

export interface DashboardProps extends LeafContext {
  readonly volumes: readonly Volume[];
  readonly functions: readonly RouseFunction[];
}

/**
 * One page: how much it is used, when it was up, and whether a function failed. What the alarms compute, and not the alarms, which exist
 * only while the leaf is up.
 */
export class Dashboard extends NestedStack {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { application, leaf } = props;
    untagged(
      new cloudwatch.CfnDashboard(this, "Dashboard", {
        dashboardName: groupName(application, leaf.name),
        dashboardBody: this.toJsonString({ widgets: this.widgets(props) }),
      }),
    );
  }

  private widgets(props: DashboardProps): object[] {
    const { application, project, leaf, functions } = props;
    const { idle, leftUp } = watchdogAlarms(leafId(project, leaf), watchOf(props));
    const group = groupName(application, leaf.name);
    const starter = starterName(application, leaf);
    const box = (x: number, y: number): object => ({ type: "metric", width: HALF, height: HEIGHT, x, y });
    const errors = functions.map(({ name }) => ["AWS/Lambda", "Errors", "FunctionName", name, { stat: "Sum" }]);
    return [
      {
        ...box(0, 0),
        properties: {
          title: "Activity, and the threshold of idleness",
          region: this.region,
          period: 60,
          metrics: seriesOf(idle),
          annotations: { horizontal: [{ label: "idle below", value: leaf.watchdog.idle.below }] },
        },
      },
      {
        ...box(HALF, 0),
        properties: {
          title: "Instance up",
          region: this.region,
          stat: "SampleCount",
          period: 60,
          metrics: [["AWS/EC2", "NetworkIn", "AutoScalingGroupName", group, { label: "up" }]],
          yAxis: { left: { min: 0, max: 2 } },
        },
      },
      {
        ...box(0, HEIGHT),
        properties: {
          title: "Minutes up, and woken",
          region: this.region,
          period: 60,
          metrics: seriesOf(leftUp),
          yAxis: { left: { min: 0, max: 2 } },
        },
      },
      {
        ...box(HALF, HEIGHT),
        properties: {
          title: "Errors of the functions",
          region: this.region,
          period: 300,
          metrics: [...errors, ["AWS/Lambda", "Errors", "FunctionName", starter, { stat: "Sum", region: DNS_REGION }]],
        },
      },
    ];
  }
}

/** An alarm's metrics as a widget has them ("Dashboard body structure and syntax", Amazon CloudWatch API reference). */
const seriesOf = ({ Metrics }: AlarmDefinition): unknown[] =>
  Metrics.map(({ Id: id, Expression: expression, Label: label, ReturnData: visible, MetricStat: stat }) =>
    stat
      ? [
          stat.Metric!.Namespace,
          stat.Metric!.MetricName,
          ...stat.Metric!.Dimensions!.flatMap(({ Name, Value }) => [Name, Value]),
          { id, stat: stat.Stat, visible },
        ]
      : [{ id, expression, label, visible }],
  );
