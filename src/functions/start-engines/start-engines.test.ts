import type { StopMark } from "../shared/engine.ts";
import { stopReason } from "../shared/stopped.ts";
import { describe, expect, test } from "vitest";
import type { Engine } from "../shared/engine.ts";
import { type Invocation, readInvocation } from "../shared/engine-request.ts";
import type { RunAnswer } from "../shared/ensure-task.ts";
import type { SeenTask } from "../shared/seen-task.ts";
import { arnOf, crashed, ENGINE, stopped, task } from "../testing/engines.ts";
import { VirtualTime } from "../testing/virtual-time.ts";
import type { Meant } from "./request.ts";
import type { Registered, StartWorld } from "./start.ts";
import { startEngines } from "./start-engines.ts";

const quiet = (): void => {};
const ADDRESS = "10.0.0.1";

/** One engine whose task runs after a second, is registered half a second later, and is healthy after two more. */
class Fake {
  readonly time = new VirtualTime();
  readonly told: string[] = [];
  readonly registered: string[] = [];
  pokes = 0;
  runs = 0;
  seen: SeenTask[] = [];
  targets: Registered[] = [];
  run: () => RunAnswer = () => {
    const fresh = task(`t${++this.runs}`, { lastStatus: "PROVISIONING", startedAt: undefined, address: undefined, createdAt: this.time.at });
    this.seen.push(fresh);
    this.time.after(1_000, () => this.change({ lastStatus: "RUNNING", address: ADDRESS, startedAt: this.time.at }));
    this.time.after(1_500, () => (this.targets = [{ address: ADDRESS, port: 8080, state: "initial" }]));
    this.time.after(3_500, () => (this.targets = [{ address: ADDRESS, port: 8080, state: "healthy" }]));
    return { task: fresh };
  };
  throttle = 0;
  change(changes: Partial<SeenTask>): void {
    this.seen = this.seen.map((one, index) => (index === this.seen.length - 1 ? { ...one, ...changes } : one));
  }
  world = (_meant: Meant): StartWorld => ({
    now: this.time.now,
    sleep: this.time.sleep,
    tasks: {
      look: async () => this.seen,
      describe: async (arns) => {
        if (this.throttle-- > 0) throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
        return this.seen.filter(({ arn }) => arns.includes(arn));
      },
      use: async () => {},
      poke: async () => void this.pokes++,
      revision: async () => "arcade-auth:3",
      run: async () => this.run(),
    },
    targets: async () => this.targets,
    register: async (address, port) => {
      this.registered.push(`${address}:${port}`);
      this.targets = [{ address, port, state: "initial" }];
    },
  });
  start(invocation: Invocation, engines: Engine[] = [ENGINE]) {
    const known = new Map(engines.map((engine) => [engine.service, engine] as const));
    const tell = async (subject: string, body: string): Promise<void> => void this.told.push(`${subject} / ${body}`);
    return startEngines(invocation, { engines: async () => known, world: this.world, tell, pollMs: 5_000, until: this.time.at + 60_000 }, quiet);
  }
}

const plain = (request: object): Invocation => readInvocation({ source: "workflow", ...request });

describe("a start", () => {
  test("answers when the task is registered", async () => {
    const fake = new Fake();
    expect(await fake.start(plain({ service: "auth" }))).toEqual({
      statusCode: 200,
      body: { taskArn: arnOf("t1"), taskId: "t1", privateIp: ADDRESS, port: 8080, targetGroupArn: ENGINE.targetGroup, healthStatus: "initial" },
    });
    // The polls are short: nobody waits longer than a tenth more than needed.
    expect(fake.time.at - 2_000_000_000).toBeLessThan(1_750);
  });
  test("that waits for health answers when it is healthy", async () => {
    const fake = new Fake();
    expect(await fake.start(plain({ service: "auth", waitForHealthy: true }))).toMatchObject({ statusCode: 200, body: { healthStatus: "healthy" } });
    expect(fake.time.at - 2_000_000_000).toBeLessThan(4_000);
  });
  test("of a service that runs answers with the running task", async () => {
    const fake = new Fake();
    await fake.start(plain({ service: "auth" }));
    expect(await fake.start(plain({ service: "auth" }))).toMatchObject({ statusCode: 200, body: { taskId: "t1" } });
    expect(fake.runs).toBe(1);
  });
  test("without a load balancer answers when it runs", async () => {
    const { targetGroup: _group, port: _port, ...worker } = ENGINE;
    const answer = await new Fake().start(plain({ service: "auth" }), [worker]);
    expect(answer).toMatchObject({ statusCode: 200, body: { privateIp: ADDRESS, port: null, targetGroupArn: null, healthStatus: null } });
  });
  test("on an instance's address finds it by its port", async () => {
    const fake = new Fake();
    fake.seen = [task("t1", { address: undefined, containers: [{ name: "auth", ports: [{ container: 8080, host: 32_768 }] }] })];
    fake.targets = [{ address: "10.0.0.9", port: 32_768, state: "healthy" }];
    expect(await fake.start(plain({ service: "auth" }), [{ ...ENGINE, network: "bridge" }])).toMatchObject({
      statusCode: 200,
      body: { privateIp: "10.0.0.9", port: 32_768 },
    });
  });
  test("in another target group registers it there", async () => {
    const fake = new Fake();
    const answer = await fake.start(plain({ service: "auth", targetGroup: "arn:other", port: 9 }));
    expect(answer).toMatchObject({ statusCode: 200, body: { targetGroupArn: "arn:other", port: 9 } });
    expect(fake.registered).toEqual([`${ADDRESS}:9`]);
  });
  test("of several starts them side by side, and answers for each", async () => {
    const answer = await new Fake().start(plain({ services: ["auth"] }));
    expect(answer).toMatchObject({ statusCode: 200, body: { services: { auth: { statusCode: 200, taskId: "t1" } } } });
  });
  test("goes on after AWS says that there were too many calls", async () => {
    const fake = new Fake();
    fake.throttle = 3;
    expect(await fake.start(plain({ service: "auth" }))).toMatchObject({ statusCode: 200 });
  });
  test("tells the reconcile function again when the target does not come", async () => {
    const fake = new Fake();
    fake.run = () => {
      fake.seen = [task("t1")];
      fake.time.after(9_000, () => (fake.targets = [{ address: ADDRESS, port: 8080, state: "initial" }]));
      return { task: fake.seen[0]! };
    };
    expect(await fake.start(plain({ service: "auth" }))).toMatchObject({ statusCode: 200 });
    expect(fake.pokes).toBe(2);
  });
  const endsBy = (by: StopMark["by"]): Fake => {
    const fake = new Fake();
    const { run } = fake;
    fake.run = () => {
      if (fake.seen.length > 0) return run();
      const old = task("old", { lastStatus: "PENDING" });
      fake.seen = [old];
      const stopped = { desiredStatus: "STOPPED", lastStatus: "STOPPED", stopCode: "UserInitiated" };
      const stoppedReason = stopReason({ at: "", by, drain: true });
      fake.time.after(200, () => fake.change({ ...stopped, stoppedReason, stoppedAt: fake.time.at }));
      return { task: old };
    };
    return fake;
  };
  test.each(["idle", "duplicate"] as const)("of a task that was stopped under it, because it was %s, starts the next one", async (by) => {
    expect(await endsBy(by).start(plain({ service: "auth" }))).toMatchObject({ statusCode: 200, body: { taskId: "t1" } });
  });
  test.each(["event", "cli", "schedule"] as const)("of a task that a later stop by %s has ended is over: nobody undoes the stop", async (by) => {
    expect(await endsBy(by).start(plain({ service: "auth" }))).toMatchObject({ statusCode: 500, body: { taskId: "old" } });
  });
});

describe("a start that fails", () => {
  test("names what is unknown", async () => {
    const answer = await new Fake().start(plain({ service: "auht" }));
    expect(answer).toEqual({ statusCode: 400, body: { error: "there is no service auht", unknown: ["auht"], valid: ["auth"] } });
  });
  test("for want of a place says so", async () => {
    const fake = new Fake();
    fake.run = () => ({ failures: ["RESOURCE:MEMORY"] });
    expect(await fake.start(plain({ service: "auth" }))).toMatchObject({ statusCode: 500, body: { failures: ["RESOURCE:MEMORY"] } });
  });
  test.each<[string, Partial<SeenTask>, string]>([
    [
      "an image cannot be pulled",
      { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: no such image" },
      "it could not start: CannotPullContainerError: no such image",
    ],
    [
      "the container exits",
      { stopCode: "EssentialContainerExited", containers: [{ name: "auth", exitCode: 3, ports: [] }] },
      "its container auth exited with code 3",
    ],
  ])("because %s says so", async (_what, end, why) => {
    const fake = new Fake();
    fake.run = () => {
      fake.seen = [task("t1", { lastStatus: "PENDING" })];
      fake.time.after(500, () => fake.change({ lastStatus: "STOPPED", desiredStatus: "STOPPED", ...end }));
      return { task: fake.seen[0]! };
    };
    const answer = await fake.start(plain({ service: "auth" }));
    expect(answer).toMatchObject({ statusCode: 500, body: { error: `the task of auth has stopped: ${why}`, stopCode: end.stopCode } });
  });
  test("after too long says what it was waiting for", async () => {
    const fake = new Fake();
    fake.run = () => ({ task: (fake.seen = [task("t1", { lastStatus: "PENDING" })])[0]! });
    const answer = await fake.start(plain({ service: "auth" }));
    expect(answer).toMatchObject({ statusCode: 500, body: { waitingFor: "the task to run", taskId: "t1" } });
    expect(Math.max(...fake.time.sleeps)).toBeLessThanOrEqual(5_000);
  });
  test("is none where an HTTP API's caller cannot be kept waiting for longer: 202, and it goes on", async () => {
    const fake = new Fake();
    fake.run = () => ({ task: (fake.seen = [task("t1", { lastStatus: "PENDING" })])[0]! });
    const asked = readInvocation({ requestContext: { http: {} }, body: '{"service":"auth"}' });
    const body = { service: "auth", waitingFor: "the task to run", taskArn: arnOf("t1"), taskId: "t1" };
    expect(await fake.start(asked)).toEqual({ statusCode: 202, body });
  });
  test("in a crash loop starts nothing, but for a person", async () => {
    const fake = new Fake();
    fake.seen = [1, 2, 3].map((minutes) => crashed(`c${minutes}`, fake.time.at - minutes * 60_000));
    expect(await fake.start(plain({ service: "auth" }))).toMatchObject({
      statusCode: 500,
      body: { crashed: "its container auth exited with code 1" },
    });
    expect(await fake.start(plain({ service: "auth", force: true }))).toMatchObject({ statusCode: 200 });
  });
  test("where nobody reads the answer sends one mail", async () => {
    const fake = new Fake();
    fake.run = () => ({ failures: ["RESOURCE:CPU"] });
    const event = { "detail-type": "Start ECS Task", detail: { services: ["auth", "pdf"] } };
    await fake.start(readInvocation(event), [ENGINE, { ...ENGINE, service: "pdf" }]);
    expect(fake.told).toHaveLength(1);
    expect(fake.told[0]).toMatch(/^2 services were not started .*RESOURCE:CPU/s);
    await fake.start(readInvocation({ ...event, detail: {} }));
    expect(fake.told[1]).toMatch(/^not started: service is missing/);
    await fake.start(plain({ service: "x" }));
    expect(fake.told).toHaveLength(2);
  });
  test("because AWS refuses is an answer, too", async () => {
    const fake = new Fake();
    fake.run = () => {
      throw Object.assign(new Error("not authorized to perform: iam:PassRole"), { name: "AccessDeniedException" });
    };
    expect(await fake.start(plain({ service: "auth" }))).toMatchObject({ statusCode: 500, body: { error: expect.stringContaining("iam:PassRole") } });
  });
});

test("a task that stopped an hour ago stands in nobody's way", async () => {
  const fake = new Fake();
  fake.seen = [stopped("old", fake.time.at - 3_000_000)];
  expect(await fake.start(plain({ service: "auth" }))).toMatchObject({ statusCode: 200 });
});
