import { z } from "zod";
import { arn } from "./engine-values.ts";
import { count, flag, line, list } from "./pieces.ts";

/** An engine whose parts are there already: the leaf starts and stops tasks of them, and makes none of them. */

const id = (prefix: string, what: string) =>
  line({ description: `Identifier of a ${what}.`, allowed: `${prefix}- and hexadecimal digits`, pattern: `^${prefix}-[0-9a-f]{8,17}$` });

export const existing = z
  .strictObject({
    cluster: line({
      description: "Name or ARN of the ECS cluster.",
      allowed: "a name, or an ARN such as arn:aws:ecs:us-west-2:111111111111:cluster/auth",
      pattern: "^(?:arn:aws[a-z-]*:ecs:[a-z0-9-]+:\\d{12}:cluster/)?[a-zA-Z0-9_-]{1,255}$",
    }),
    taskDefinition: line({
      description: "Family (its newest active revision runs), `family:revision`, or ARN.",
      allowed: "auth-api, auth-api:7, or an ARN",
      pattern: "^(?:arn:aws[a-z-]*:ecs:[a-z0-9-]+:\\d{12}:task-definition/)?[a-zA-Z0-9_-]{1,255}(?::[1-9]\\d*)?$",
    }),
    targetGroup: arn({
      service: "elasticloadbalancing",
      resource: "targetgroup/[a-zA-Z0-9-]+/[0-9a-f]+",
      description: "Target group (of type ip) in which the task's address is registered. Default: none.",
      example: "arn:aws:elasticloadbalancing:us-west-2:111111111111:targetgroup/auth/0123456789abcdef",
    }).optional(),
    subnets: list(id("subnet", "subnet"), {
      description: "Subnets of the task.",
      allowed: "a list of subnets, such as [subnet-0123456789abcdef0]",
      min: 1,
    }),
    securityGroups: list(id("sg", "security group"), {
      description: "Security groups of the task.",
      allowed: "a list of security groups, such as [sg-0123456789abcdef0]",
      min: 1,
    }),
    container: line({
      description: "Name of the container whose port is registered. Default: the leaf's name.",
      allowed: "a container's name",
      pattern: "^[a-zA-Z0-9_-]{1,255}$",
    }).optional(),
    port: count({ min: 1, max: 65_535, description: "Port of that container. Required with a `targetGroup`." }).optional(),
    launchType: z.literal(["FARGATE", "EC2"]).meta({ description: "What it runs on.", allowed: "FARGATE, EC2" }).prefault("FARGATE"),
    assignPublicIp: flag("Give the task a public address: on Fargate in a public subnet it is how images are pulled.").prefault(false),
    roles: list(
      arn({
        service: "iam",
        resource: "role/[a-zA-Z0-9+=,.@_/-]+",
        description: "A role.",
        example: "arn:aws:iam::111111111111:role/auth-task",
      }),
      {
        description: "Roles that the task definition passes to ECS: its task role and its execution role. Only these may be passed.",
        allowed: "a list of ARNs of roles",
      },
    ).prefault([]),
  })
  .meta({
    description:
      "A service that is there already, used by reference, instead of image, compute and route: tasks of it are started and stopped by name, and nothing of it is made or changed. Its tasks have addresses of their own (network mode awsvpc).",
    allowed: "{cluster, taskDefinition, targetGroup, subnets, securityGroups, container, port, launchType, assignPublicIp, roles}",
  });
