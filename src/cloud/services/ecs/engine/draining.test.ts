import { afterEach, describe, expect, test } from "vitest";
import { type Harness, daemon, define, harness as create, scope } from "../testing.ts";
import { tasks } from "../state.ts";

const open: Harness[] = [];
afterEach(async () => {
  for (const h of open.splice(0)) await h.ecs.stop!();
});
async function harness(options?: Parameters<typeof create>[0]): Promise<Harness> {
  const h = await create(options);
  open.push(h);
  return h;
}

const statuses = (h: Harness): string[] =>
  tasks(h.store, scope)
    .values()
    .map(({ task }) => `${task.desiredStatus}/${task.lastStatus}`);

describe("the end of an instance", () => {
  test("managed draining: DRAINING, the daemon task stops, then the lifecycle action is completed", async () => {
    const h = await harness();
    h.runtime.obedient = false;
    await daemon(h, { stopTimeout: 60 });
    await h.instance("i-1", "running");
    await h.lifecycle({ instanceId: "i-1" });
    expect(statuses(h)).toEqual(["STOPPED/STOPPING"]);
    expect(h.events.some(({ detail }) => detail.ec2InstanceId === "i-1" && detail.status === "DRAINING")).toBe(true);
    await h.clock.advance(59_000);
    expect(h.apiCalls).toHaveLength(0);
    expect(h.runtime.containers[0]!.signals).toEqual(["TERM"]);
    await h.clock.advance(1000);
    expect(h.runtime.containers[0]!.signals).toEqual(["TERM", "KILL"]);
    expect(tasks(h.store, scope).values()[0]!.task).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "ServiceSchedulerInitiated",
      containers: [{ exitCode: 137 }],
    });
    expect(h.apiCalls).toEqual([
      {
        service: "autoscaling",
        operation: "CompleteLifecycleAction",
        input: expect.objectContaining({
          AutoScalingGroupName: "asg",
          InstanceId: "i-1",
          LifecycleActionResult: "CONTINUE",
          LifecycleActionToken: "token",
        }),
      },
    ]);
    await h.instance("i-1", "shutting-down");
    expect((await h.run("ListContainerInstances", { cluster: "arcade" })).containerInstanceArns).toEqual([]);
  });

  test("a second instance gets its own task while the first one still drains", async () => {
    const h = await harness();
    h.runtime.obedient = false;
    await daemon(h);
    await h.instance("i-1", "running");
    await h.lifecycle({ instanceId: "i-1" });
    await h.instance("i-2", "running");
    expect(statuses(h)).toEqual(["STOPPED/STOPPING", "RUNNING/RUNNING"]);
  });

  test("a task from RunTask is not stopped by draining; its hook is renewed until it ends", async () => {
    const h = await harness();
    await h.run("CreateCluster", { clusterName: "arcade" });
    await define(h);
    await h.instance("i-1", "running");
    await h.run("RunTask", { cluster: "arcade", taskDefinition: "hello" });
    await h.lifecycle({ instanceId: "i-1" });
    await h.clock.advance(3_600_000);
    expect(h.apiCalls.map(({ operation }) => operation)).toEqual(["RecordLifecycleActionHeartbeat", "RecordLifecycleActionHeartbeat"]);
    h.runtime.containers[0]!.exit({ exitCode: 0 });
    await h.clock.settle();
    expect(h.apiCalls.at(-1)!.operation).toBe("CompleteLifecycleAction");
  });

  test("an instance without tasks is let go at once; another's hook is left alone", async () => {
    const h = await harness();
    await h.lifecycle({ instanceId: "i-9" });
    await h.lifecycle({ instanceId: "i-8", lifecycleHookName: "mine" });
    expect(h.apiCalls.map(({ input }) => input.InstanceId)).toEqual(["i-9"]);
  });

  test("an instance that terminates without warning takes its tasks with it at once", async () => {
    const h = await harness();
    await daemon(h);
    await h.instance("i-1", "running");
    await h.instance("i-1", "shutting-down");
    expect(tasks(h.store, scope).values()[0]!.task).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "TerminationNotice",
      stoppedReason: "Host EC2 (instance i-1) terminated.",
    });
    expect(h.runtime.containers[0]!.signals).toEqual(["KILL"]);
  });

  test("an instance that terminates while its task starts leaves no container behind", async () => {
    const h = await harness();
    await daemon(h);
    let release: () => void = () => {};
    h.runtime.ensureImage = () => new Promise((resolve) => (release = resolve));
    void h.instance("i-1", "running");
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    void h.instance("i-1", "terminated");
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    release();
    await h.clock.settle();
    expect(statuses(h)).toEqual(["STOPPED/STOPPED"]);
    expect(h.runtime.containers.filter(({ ended }) => !ended)).toEqual([]);
  });
});
