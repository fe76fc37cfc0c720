import { aws_ecs as ecs, NestedStack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { groupName } from "../../functions/shared/names.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { addContainer, reservedMemory } from "./container-definition.ts";
import type { Volume } from "./volumes.ts";

/** The task definition and its one container. */
export class Container extends NestedStack {
  readonly taskDefinition: ecs.Ec2TaskDefinition;

  constructor(scope: Construct, id: string, context: LeafContext & { volumes: readonly Volume[] }) {
    super(scope, id);
    const { leaf, application, volumes } = context;
    this.taskDefinition = new ecs.Ec2TaskDefinition(this, "Task", {
      family: groupName(application, leaf.name),
      // On the instance's own ports, as the leaf says. The network bridge keeps the container from the instance's credentials.
      networkMode: ecs.NetworkMode.BRIDGE,
    });
    addContainer(this, this.taskDefinition, context, volumes, {
      portMappings: leaf.ports.map(({ port, protocol }) => ({
        containerPort: port,
        hostPort: port,
        protocol: protocol === "tcp" ? ecs.Protocol.TCP : ecs.Protocol.UDP,
      })),
      memoryReservationMiB: reservedMemory(leaf),
    });
  }
}
