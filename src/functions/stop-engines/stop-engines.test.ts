import { describe, expect, test } from "vitest";
import type { StopMark } from "../shared/engine.ts";
import { readInvocation } from "../shared/engine-request.ts";
import type { SeenTask } from "../shared/seen-task.ts";
import { arnOf, ENGINE, task } from "../testing/engines.ts";
import { VirtualTime } from "../testing/virtual-time.ts";
import { stopEngines, type StopWorld } from "./stop-engines.ts";

const quiet = (): void => {};

/** Engines auth (one task) and pdf (none), whose tasks stop some seconds after their reconcile function was told. */
class Fake {
  readonly time = new VirtualTime();
  readonly marks: [string, StopMark][] = [];
  tasks: Record<string, SeenTask[]> = { auth: [task("a")], pdf: [] };
  stopsAfter = 3_000;
  world: StopWorld = {
    now: this.time.now,
    sleep: this.time.sleep,
    engines: async () => new Map(["auth", "pdf"].map((service) => [service, { ...ENGINE, service }] as const)),
    look: async ({ service }) => this.tasks[service]!,
    describe: async ({ service }, arns) => this.tasks[service]!.filter(({ arn }) => arns.includes(arn)),
    mark: async (arn, mark) => void this.marks.push([arn, mark]),
    poke: async ({ service }) =>
      this.time.after(this.stopsAfter, () => {
        this.tasks[service] = this.tasks[service]!.map((one) => ({ ...one, desiredStatus: "STOPPED", lastStatus: "STOPPED" }));
      }),
  };
  stop = (event: unknown) => stopEngines(readInvocation(event), this.world, { pollMs: 1_000, until: this.time.at + 30_000 }, quiet);
}

describe("a stop", () => {
  test("of all marks what runs, and answers when it has stopped", async () => {
    const fake = new Fake();
    expect(await fake.stop({ "detail-type": "Stop ECS Tasks", detail: {} })).toEqual({
      statusCode: 200,
      body: {
        stopped: [
          { service: "auth", taskArns: [arnOf("a")] },
          { service: "pdf", taskArns: [] },
        ],
        running: [],
      },
    });
    expect(fake.marks).toEqual([[arnOf("a"), { at: new Date(2_000_000_000).toISOString(), by: "event", drain: true }]]);
  });
  test("of one, at once, without draining", async () => {
    const fake = new Fake();
    expect(await fake.stop({ service: "auth", deregister: false, source: "cli" })).toMatchObject({ statusCode: 200, body: { running: [] } });
    expect(fake.marks[0]![1]).toMatchObject({ by: "cli", drain: false });
  });
  test("that takes longer than the limit says what runs still", async () => {
    const fake = new Fake();
    fake.stopsAfter = 60_000;
    expect(await fake.stop({ services: ["auth"] })).toEqual({
      statusCode: 200,
      body: { stopped: [], running: [{ service: "auth", taskArns: [arnOf("a")] }] },
    });
  });
  test("that does not wait answers at once", async () => {
    const fake = new Fake();
    expect(await fake.stop({ service: "auth", wait: false })).toMatchObject({ body: { running: [{ service: "auth" }] } });
    expect(fake.time.sleeps).toEqual([]);
  });
  test("of a task that stops meanwhile is no error", async () => {
    const fake = new Fake();
    const mark = async (): Promise<void> => {
      fake.tasks["auth"] = [{ ...task("a"), desiredStatus: "STOPPED", lastStatus: "STOPPED" }];
      throw new Error("the task has stopped");
    };
    const answer = await stopEngines(
      readInvocation({ service: "auth" }),
      { ...fake.world, mark },
      { pollMs: 1_000, until: fake.time.at + 1_000 },
      quiet,
    );
    expect(answer).toEqual({ statusCode: 200, body: { stopped: [{ service: "auth", taskArns: [] }], running: [] } });
  });
  test("that AWS refuses is an answer", async () => {
    const fake = new Fake();
    const world: StopWorld = { ...fake.world, look: () => Promise.reject(new Error("AccessDenied")) };
    expect(await stopEngines(readInvocation({}), world, { pollMs: 1_000, until: 0 }, quiet)).toMatchObject({ statusCode: 500 });
  });
  test.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ service: "x" }, { unknown: ["x"], valid: ["auth", "pdf"] }],
    [{ services: "auth" }, { invalid: ["services"] }],
    [{ service: 5 }, { invalid: ["service"] }],
    [{ services: ["auth"], service: "pdf" }, { error: "service and services exclude each other" }],
    [{ drain: true }, { unknown: ["drain"], valid: ["service", "services", "deregister", "wait"] }],
    [{ deregister: "no" }, { invalid: ["deregister"] }],
  ])("of %j is answered with what is wrong", async (request, body) => {
    expect(await new Fake().stop(request)).toMatchObject({ statusCode: 400, body });
  });
});
