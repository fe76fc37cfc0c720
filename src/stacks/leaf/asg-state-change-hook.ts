import { aws_events as events, aws_iam as iam, type aws_sns as sns, NestedStack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { RECONCILE_ENV } from "../../functions/reconcile/env.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import {
  clusterName,
  groupName,
  HITS,
  idleAlarmName,
  leftUpAlarmName,
  recordsPolicyName,
  serviceName,
  zoneParameter,
} from "../../functions/shared/names.ts";
import type { DnsLeaf, Project } from "../../config/schema.ts";
import { recordStatements } from "../dns/record-statements.ts";
import { functionArn } from "../engine/engine-arns.ts";
import type { HistoryLog } from "../history-log.ts";
import { logStreamsOf } from "../log-streams.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { DNS_REGION, functionName } from "../names.ts";
import { RouseFunction } from "../rouse-function.ts";
import { acknowledgeWildcards, groupArn, NO_NARROWER } from "../rouse-stack.ts";
import { invokeOn } from "./invoke-on.ts";
import type { Volume } from "./volumes.ts";
import { alarmStatements, WatchdogAlarms, watchOf } from "./watchdog-alarms.ts";

export interface AsgStateChangeHookProps extends LeafContext {
  readonly topics: readonly sns.ITopic[];
  readonly history: HistoryLog;
  /** ID of the leaf's own zone; undefined in the zone that leaves share. */
  readonly ownZoneId?: string;
  readonly volumes: readonly Volume[];
}

/** Whatever happens to the group or its tasks, one function looks at what is there, and makes the DNS record and the watchdog's alarms agree. */
export class AsgStateChangeHook extends NestedStack {
  readonly reconcile: RouseFunction;

  constructor(scope: Construct, id: string, props: AsgStateChangeHookProps) {
    super(scope, id);
    const { application, leaf } = props;
    const group = groupName(application, leaf.name);
    const service = serviceName(application, leaf.name);
    const clusterArn = this.formatArn({ service: "ecs", resource: "cluster", resourceName: clusterName(application, leaf.name) });
    this.reconcile = this.reconcileFunction(props, clusterArn);

    const ofGroup = new events.CfnRule(this, "GroupChanged", {
      description: `The group of ${leaf.name} has changed`,
      eventPattern: {
        source: ["aws.autoscaling"],
        "detail-type": [
          "EC2 Instance Launch Successful",
          "EC2 Instance Launch Unsuccessful",
          "EC2 Instance Terminate Successful",
          "EC2 Instance Terminate Unsuccessful",
          // Sent when the instance begins to drain: from then on its address is not to be given away.
          "EC2 Instance-terminate Lifecycle Action",
        ],
        detail: { AutoScalingGroupName: [group] },
      },
      targets: [{ id: "Reconcile", arn: this.reconcile.arn }],
    });
    const ofTasks = new events.CfnRule(this, "TaskChanged", {
      description: `A task of ${leaf.name} has changed`,
      eventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        // Nothing that matters to the record comes before RUNNING; at DEACTIVATING it is to be withdrawn, if ECS ends the task, at STOPPED
        // in any case. What is between them changes nothing.
        detail: {
          clusterArn: [clusterArn],
          group: [`service:${service}`],
          lastStatus: ["RUNNING", "DEACTIVATING", "STOPPED"],
        },
      },
      targets: [{ id: "Reconcile", arn: this.reconcile.arn }],
    });
    const rules = [ofGroup, ofTasks];
    const serviceArn = this.formatArn({ service: "ecs", resource: "service", resourceName: `${clusterName(application, leaf.name)}/${service}` });
    if (leaf.health) rules.push(this.reconcileOnHealth(leaf.name, serviceArn));
    new WatchdogAlarms(this, "Alarms", { ...props, reconcile: this.reconcile, rules });
    invokeOn(this, "GroupChangedMayInvoke", this.reconcile.arn, ofGroup);
    invokeOn(this, "TaskChangedMayInvoke", this.reconcile.arn, ofTasks);
  }

  /**
   * A task that becomes healthy makes no event (github.com/aws/containers-roadmap/issues/1019), but a service whose tasks are
   * all there and healthy says so, then and from time to time (Amazon ECS Developer Guide, "Service action events",
   * SERVICE_STEADY_STATE). One that becomes unhealthy is stopped, and that is an event of the task.
   */
  private reconcileOnHealth(leaf: string, serviceArn: string): events.CfnRule {
    const ofService = new events.CfnRule(this, "ServiceSteady", {
      description: `The task of ${leaf} is there and healthy`,
      eventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Service Action"],
        resources: [serviceArn],
        detail: { eventName: ["SERVICE_STEADY_STATE"] },
      },
      targets: [{ id: "Reconcile", arn: this.reconcile.arn }],
    });
    invokeOn(this, "ServiceSteadyMayInvoke", this.reconcile.arn, ofService);
    return ofService;
  }

  private reconcileFunction(props: AsgStateChangeHookProps, clusterArn: string): RouseFunction {
    const { project, application, leaf, functionsDir, topics, history, ownZoneId } = props;
    const cluster = clusterName(application, leaf.name);
    const logStreams = logStreamsOf(this, application, leaf.name);
    const reconcile = new RouseFunction(this, "Reconcile", {
      application,
      leaf: leaf.name,
      name: "reconcile",
      description: `Keeps the DNS record and the watchdog of ${leaf.name} right`,
      // CloudFormation waits for it, too: it must answer on a slow machine whose cloud's time passes sixty times faster.
      timeout: 300,
      functionsDir,
      environment: writeEnv(RECONCILE_ENV, {
        application,
        environment: project.environment.name,
        leaf: leaf.name,
        domain: leaf.domain,
        hostedZone: ownZoneId ?? zoneParameter(application, project.environment.name),
        group: groupName(application, leaf.name),
        cluster,
        service: serviceName(application, leaf.name),
        healthCheck: String(leaf.health !== undefined),
        boot: String(leaf.health ? leaf.health.startPeriod + leaf.health.retries * leaf.health.interval : 0),
        ports: JSON.stringify(leaf.ports.map(({ port, protocol }) => `${port}/${protocol}`)),
        idleAlarm: idleAlarmName(application, leaf.name),
        leftUpAlarm: leftUpAlarmName(application, leaf.name),
        watch: this.toJsonString(watchOf(props)),
        // Set when the leaf's stack is complete.
        hourUsd: "",
        self: functionArn(this, functionName(application, leaf.name, "reconcile")),
        topics: this.toJsonString(topics.map(({ topicArn }) => topicArn)),
      }),
      statements: [
        ...this.statements({ cluster, clusterArn, logStreams, topics }),
        ...this.ofRecords(project, leaf, ownZoneId),
        ...alarmStatements(this, props),
        history.write,
        ...(leaf.health ? [recordBoot()] : []),
      ],
    });
    if (ownZoneId === undefined) reconcile.role.addManagedPolicy(recordsPolicy(this, recordsPolicyName(application, leaf.name)));
    const wild = [
      "*",
      logStreams,
      ...["task", "container-instance"].map((kind) => this.inCluster(cluster, kind)),
      groupArn(this, this.region, groupName(application, leaf.name)),
    ];
    acknowledgeWildcards(reconcile.role, wild, NO_NARROWER);
    return reconcile;
  }

  private inCluster(cluster: string, resource: string): string {
    return this.formatArn({ service: "ecs", resource, resourceName: `${cluster}/*` });
  }

  /** The shared zone's ID is not known here: the function asks for it, and what it may do there is a policy of the Domain stack's. */
  private ofRecords({ base, environment }: Project, { domain }: DnsLeaf, ownZoneId: string | undefined): iam.PolicyStatement[] {
    if (ownZoneId !== undefined) return recordStatements(this, { hostedZoneId: ownZoneId, domain });
    const resourceName = zoneParameter(base.name, environment.name).slice(1);
    const parameter = this.formatArn({ service: "ssm", region: DNS_REGION, resource: "parameter", resourceName });
    return [new iam.PolicyStatement({ sid: "WhichZone", actions: ["ssm:GetParameter"], resources: [parameter] })];
  }

  private statements(to: { cluster: string; clusterArn: string; logStreams: string; topics: readonly sns.ITopic[] }): iam.PolicyStatement[] {
    return [
      new iam.PolicyStatement({
        sid: "ReadGroupAndInstances",
        // Describe actions of Auto Scaling and EC2 have no resource types (Service Authorization Reference).
        actions: [
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeScalingActivities",
          "autoscaling:DescribePolicies",
          "ec2:DescribeInstances",
        ],
        resources: ["*"],
      }),
      // ListTasks takes a container instance as its resource, and this call names none: the cluster is what narrows it.
      new iam.PolicyStatement({
        sid: "ListTasks",
        actions: ["ecs:ListTasks"],
        resources: ["*"],
        conditions: { ArnEquals: { "ecs:cluster": to.clusterArn } },
      }),
      // Tasks and container instances have names that ECS makes up: any of this cluster.
      new iam.PolicyStatement({
        sid: "ReadTasks",
        actions: ["ecs:DescribeTasks", "ecs:DescribeContainerInstances"],
        resources: [this.inCluster(to.cluster, "task"), this.inCluster(to.cluster, "container-instance")],
      }),
      // How it was used, for its history. GetMetricData has no resource types (Service Authorization Reference).
      new iam.PolicyStatement({ sid: "ReadUse", actions: ["cloudwatch:GetMetricData"], resources: ["*"] }),
      new iam.PolicyStatement({ sid: "LastLines", actions: ["logs:GetLogEvents"], resources: [to.logStreams] }),
      new iam.PolicyStatement({ sid: "Announce", actions: ["sns:Publish"], resources: to.topics.map(({ topicArn }) => topicArn) }),
    ];
  }
}

const recordsPolicy = (scope: Construct, name: string): iam.IManagedPolicy => iam.ManagedPolicy.fromManagedPolicyName(scope, "MayWriteRecords", name);

/** A boot counts as activity. PutMetricData has no resource types; the namespace is all that narrows it. */
const recordBoot = (): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: "RecordBoot",
    actions: ["cloudwatch:PutMetricData"],
    resources: ["*"],
    conditions: { StringEquals: { "cloudwatch:namespace": HITS.namespace } },
  });
