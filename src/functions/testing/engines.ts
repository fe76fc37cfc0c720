import type { Engine } from "../shared/engine.ts";
import type { SeenTask } from "../shared/seen-task.ts";

/** An engine and its tasks, for tests. */
export const ENGINE: Engine = {
  service: "auth",
  cluster: "arcade-auth",
  taskDefinition: "arcade-auth",
  targetGroup: "arn:aws:elasticloadbalancing:us-west-2:111111111111:targetgroup/arcade-auth/0123456789abcdef",
  subnets: ["subnet-1", "subnet-2"],
  securityGroups: ["sg-1"],
  container: "auth",
  port: 8080,
  network: "awsvpc",
  capacity: { launchType: "FARGATE" },
  publicIp: true,
  reconcile: "arcade-auth-reconcile-engine",
  crashLoop: { stops: 3, within: 600 },
};

export const DEFINITION = "arn:aws:ecs:us-west-2:111111111111:task-definition/arcade-auth:3";
export const arnOf = (id: string): string => `arn:aws:ecs:us-west-2:111111111111:task/arcade-auth/${id}`;

export function task(id: string, changes: Partial<SeenTask> = {}): SeenTask {
  return {
    arn: arnOf(id),
    definition: DEFINITION,
    lastStatus: "RUNNING",
    desiredStatus: "RUNNING",
    createdAt: 1_000_000,
    startedAt: 1_010_000,
    address: "10.0.0.1",
    containers: [{ name: "auth", lastStatus: "RUNNING", ports: [] }],
    ...changes,
  };
}

export const stopped = (id: string, stoppedAt: number, changes: Partial<SeenTask> = {}): SeenTask =>
  task(id, { lastStatus: "STOPPED", desiredStatus: "STOPPED", createdAt: stoppedAt - 10_000, stoppedAt, stopCode: "UserInitiated", ...changes });

export const crashed = (id: string, stoppedAt: number, changes: Partial<SeenTask> = {}): SeenTask =>
  stopped(id, stoppedAt, { stopCode: "EssentialContainerExited", containers: [{ name: "auth", exitCode: 1, ports: [] }], ...changes });

/** Numbers that look random, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
