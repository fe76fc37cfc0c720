import { z } from "zod";
import { count } from "./pieces.ts";
import { instanceType } from "./values.ts";

/** CPU units of a Fargate task. Which memory each takes: fargate.ts. */
const CPU = [256, 512, 1024, 2048, 4096, 8192, 16_384] as const;

export const compute = z
  .strictObject({
    on: z.literal(["ec2", "fargate", "fargate-spot"]).meta({
      description:
        "What the container runs on. `ec2`: one instance that exists only while the leaf is up. `fargate`, `fargate-spot`: for engines only. Where there is no spot capacity, the task runs on Fargate at its full price.",
      allowed: "ec2, fargate, fargate-spot",
    }),
    instanceType: instanceType.optional(),
    cpu: z
      .literal(CPU)
      .meta({ description: "Fargate: CPU units, 1024 for one vCPU. Default: 256.", allowed: CPU.join(", ") })
      .optional(),
    memory: count({
      // Docker 20.10 and later reserve at least 6 MiB: ECS API reference, ContainerDefinition, memoryReservation.
      min: 6,
      max: 33_554_432,
      description:
        "Memory in MiB. On an instance it is reserved for the container (default: what the instance has, less the host's share); on Fargate it is the task's (default: the least that goes with its `cpu`, 512 for 256).",
    }).optional(),
    architecture: z
      .literal(["x86_64", "arm64"])
      .meta({ description: "Fargate: the processor. Default: x86_64.", allowed: "x86_64, arm64" })
      .optional(),
  })
  .meta({ description: "What it runs on.", allowed: "{on: ec2, instanceType, memory} or {on: fargate, cpu, memory, architecture}" });
