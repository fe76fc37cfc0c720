import { aws_events as events, aws_iam as iam, type aws_sns as sns, CustomResource, Duration, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { ServiceLeaf } from "../../config/schema.ts";
import { SERVICE_EVENTS, SERVICE_MAILS, WATCH_SERVICE_ENV } from "../../functions/watch-service/env.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { announcedPath, clusterName, serviceName } from "../../functions/shared/names.ts";
import { leafId } from "../engine/engine-arns.ts";
import { HistoryLog } from "../history-log.ts";
import { invokeOn } from "../leaf/invoke-on.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { logStreamsOf } from "../log-streams.ts";
import { acknowledgeWildcards, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";

export interface WatchServiceProps extends LeafContext<ServiceLeaf> {
  readonly topics: readonly sns.ITopic[];
}

/** Seconds that CloudFormation waits for the function when the stack goes. */
const END = 60;

/**
 * Tells people of a deployment that failed, of a crash loop, and of tasks for which there is no room. By the service's name, so that
 * it is there before the service: its first deployment may fail already.
 */
export class WatchService extends Construct {
  constructor(stack: Stack, id: string, { application, project, leaf, functionsDir, topics }: WatchServiceProps) {
    super(stack, id);
    const cluster = clusterName(application, leaf.name);
    const service = serviceName(application, leaf.name);
    const arn = (resource: string, resourceName: string) => stack.formatArn({ service: "ecs", resource, resourceName });
    const clusterArn = arn("cluster", cluster);
    const serviceArn = arn("service", `${cluster}/${service}`);
    const tasks = arn("task", `${cluster}/*`);
    const announced = stack.formatArn({ service: "ssm", resource: "parameter", resourceName: announcedPath(leafId(project, leaf)).slice(1) });
    const history = new HistoryLog(stack, "History", { application, leaf });
    const logStreams = logStreamsOf(stack, application, leaf.name);
    const watch = new RouseFunction(this, "Watch", {
      application,
      leaf: leaf.name,
      name: "watch-service",
      description: `Tells of what goes wrong with ${leaf.name}`,
      functionsDir,
      environment: writeEnv(WATCH_SERVICE_ENV, {
        ...leafId(project, leaf),
        cluster,
        service,
        stops: String(leaf.watchdog.crashLoop.stops),
        within: String(leaf.watchdog.crashLoop.within),
        logGroup: `/rouse/${application}/${leaf.name}`,
        topics: stack.toJsonString(topics.map(({ topicArn }) => topicArn)),
      }),
      statements: [
        history.write,
        new iam.PolicyStatement({ sid: "LastLines", actions: ["logs:GetLogEvents"], resources: [logStreams] }),
        new iam.PolicyStatement({ sid: "ReadService", actions: ["ecs:DescribeServices"], resources: [serviceArn] }),
        // ListTasks takes a container instance as its resource, and this call names none: the cluster is what narrows it.
        new iam.PolicyStatement({
          sid: "ListTasks",
          actions: ["ecs:ListTasks"],
          resources: ["*"],
          conditions: { ArnEquals: { "ecs:cluster": clusterArn } },
        }),
        new iam.PolicyStatement({ sid: "ReadTasks", actions: ["ecs:DescribeTasks"], resources: [tasks] }),
        new iam.PolicyStatement({
          sid: "Announced",
          actions: ["ssm:GetParametersByPath", "ssm:PutParameter", "ssm:DeleteParameter"],
          resources: [announced, `${announced}/*`],
        }),
        new iam.PolicyStatement({ sid: "Announce", actions: ["sns:Publish"], resources: topics.map(({ topicArn }) => topicArn) }),
      ],
    });
    acknowledgeWildcards(watch.role, ["*", tasks, logStreams, `${announced}/*`], NO_NARROWER);

    const on = (name: string, description: string, detailType: string, detail: object, ofService = true): void => {
      const rule = new events.CfnRule(this, name, {
        description,
        eventPattern: { source: ["aws.ecs"], "detail-type": [detailType], ...(ofService ? { resources: [serviceArn] } : {}), detail },
        targets: [{ id: "Watch", arn: watch.arn }],
      });
      invokeOn(this, `${name}MayInvoke`, watch.arn, rule);
    };
    on("DeploymentFailed", `A deployment of ${leaf.name} has failed`, "ECS Deployment State Change", { eventName: [SERVICE_EVENTS.failed] });
    on("Placement", `${leaf.name} lacks room, or has it again`, "ECS Service Action", {
      eventName: [SERVICE_EVENTS.unplaced, SERVICE_EVENTS.steady],
    });
    const stopped = { clusterArn: [clusterArn], group: [`service:${service}`], lastStatus: ["STOPPED"] };
    on("TaskStopped", `A task of ${leaf.name} has stopped`, "ECS Task State Change", stopped, false);

    new CustomResource(this, "Mails", { resourceType: SERVICE_MAILS, serviceToken: watch.arn, serviceTimeout: Duration.seconds(END) });
  }
}
