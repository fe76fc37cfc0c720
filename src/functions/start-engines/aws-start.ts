import type { ECSClient } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand, type ElasticLoadBalancingV2Client, RegisterTargetsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { poke } from "../shared/aws-poke.ts";
import { awsTasks } from "../shared/aws-tasks.ts";
import { realTime } from "../shared/poll.ts";
import type { Meant } from "./request.ts";
import type { StartWorld } from "./start.ts";

/** The world of one start. */
export function awsStart(clients: { ecs: ECSClient; elb: () => ElasticLoadBalancingV2Client }, { engine, tag }: Meant): StartWorld {
  const TargetGroupArn = engine.targetGroup;
  return {
    ...realTime,
    tasks: awsTasks(clients.ecs, engine, poke, tag),
    targets: async () => {
      const { TargetHealthDescriptions = [] } = await clients.elb().send(new DescribeTargetHealthCommand({ TargetGroupArn }));
      return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
        address: Target?.Id ?? "",
        port: Target?.Port ?? 0,
        state: TargetHealth?.State ?? "initial",
      }));
    },
    register: async (Id, Port) => void (await clients.elb().send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id, Port }] }))),
  };
}
