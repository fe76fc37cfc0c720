import { aws_cloudwatch as cloudwatch, NestedStack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { groupName } from "../../functions/shared/names.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { starterName } from "../dns/starter.ts";
import { DNS_REGION } from "../names.ts";
import type { RouseFunction } from "../rouse-function.ts";
import { untagged } from "../rouse-stack.ts";
import type { Watchdog } from "./watchdog.ts";

const HALF = 12;
const HEIGHT = 6;

export interface DashboardProps extends LeafContext {
  readonly watchdog: Watchdog;
  readonly functions: readonly RouseFunction[];
}

/** One page: how much it is used, when it was up, what its alarms say, and whether a function failed. */
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

  private widgets({ application, leaf, watchdog, functions }: DashboardProps): object[] {
    const group = groupName(application, leaf.name);
    const starter = starterName(application, leaf);
    const box = (x: number, y: number): object => ({ type: "metric", width: HALF, height: HEIGHT, x, y });
    const errors = functions.map(({ name }) => ["AWS/Lambda", "Errors", "FunctionName", name, { stat: "Sum" }]);
    return [
      {
        ...box(0, 0),
        properties: { title: "Activity, and the threshold of idleness", region: this.region, annotations: { alarms: [watchdog.idleAlarm.attrArn] } },
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
        type: "alarm",
        width: HALF,
        height: HEIGHT,
        x: 0,
        y: HEIGHT,
        properties: { title: "Alarms", alarms: [watchdog.idleAlarm.attrArn, watchdog.leftUpAlarm.attrArn] },
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
