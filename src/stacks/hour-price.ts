import { CfnResource, Stack } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { DEFAULTS } from "../cost/assumptions.ts";
import { hourOf } from "../cost/bill.ts";
import { pricesOf } from "../cost/price-table.ts";
import type { Resource } from "../cost/resource.ts";
import { WATCHDOG_ALARMS } from "../functions/reconcile/env.ts";

/** What an hour awake depends on. All else costs by the month or by its use, and need not be rendered twice. */
const OF_AN_HOUR = new Set([
  "AWS::ApplicationAutoScaling::ScalableTarget",
  "AWS::CloudWatch::Alarm",
  "AWS::EC2::LaunchTemplate",
  "AWS::ECS::Service",
  "AWS::ECS::TaskDefinition",
  "AWS::Logs::LogGroup",
  "AWS::SSM::Parameter",
  "AWS::Scheduler::Schedule",
  WATCHDOG_ALARMS,
]);

/**
 * What an hour awake of a leaf costs, in US dollars: the `hour` of `rouse cost`, from the same charges. For a function's environment.
 * @param stack with all that is in it: what is added later is not priced
 * @returns empty where a price is not known
 */
export function hourUsd(stack: Stack): string {
  const resources = stack.node.findAll().flatMap((construct) => (isOfAnHour(construct) ? rendered(stack, construct) : []));
  const hour = hourOf(resources, DEFAULTS, (region) => pricesOf(region));
  return hour === undefined ? "" : String(Number(hour.toPrecision(9)));
}

const isOfAnHour = (construct: IConstruct): construct is CfnResource =>
  CfnResource.isCfnResource(construct) && OF_AN_HOUR.has(construct.cfnResourceType);

interface Rendered {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Resource["properties"] }>>;
}

/** As it will be in its template. */
function rendered({ stackName, region }: Stack, resource: CfnResource): Resource[] {
  // What the synthesis itself calls; CDK keeps it out of its types.
  const template = Stack.of(resource).resolve((resource as unknown as { _toCloudFormation(): object })._toCloudFormation()) as Rendered;
  return Object.entries(template.Resources).map(([id, { Type: type, Properties: properties = {} }]) => ({
    stack: stackName,
    region,
    id,
    type,
    properties,
  }));
}
