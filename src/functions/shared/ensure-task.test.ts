import { describe, expect, test } from "vitest";
import { arnOf, crashed, DEFINITION, ENGINE, stopped, task } from "../testing/engines.ts";
import type { Engine } from "./engine.ts";
import { type Capacity, clientToken, ensureTask, familyOf, pinnedRevision, type RunAnswer, type Tasks } from "./ensure-task.ts";
import { taskOf } from "./marks.ts";
import type { SeenTask } from "./seen-task.ts";

const NOW = 2_000_000_000;
const minutesAgo = (minutes: number): number => NOW - minutes * 60_000;
const mark = { at: new Date(NOW).toISOString(), by: "idle" as const, drain: true };

/** ECS with these tasks, that remembers what it was asked. Tokens work as they do on ECS. */
class Fake implements Tasks {
  readonly calls: string[] = [];
  readonly runs: { token: string; capacity: Capacity; startedBy: string }[] = [];
  seen: SeenTask[];
  answers: (RunAnswer | undefined)[] = [];
  current: string | undefined = taskOf(DEFINITION);
  useFails = false;
  private readonly tokens = new Map<string, string>();
  constructor(...seen: SeenTask[]) {
    this.seen = seen;
  }
  look = async (): Promise<SeenTask[]> => this.seen;
  describe = async (arns: readonly string[]): Promise<SeenTask[]> => this.seen.filter(({ arn }) => arns.includes(arn));
  use = async (arn: string, at: number, marked: boolean): Promise<void> => {
    if (this.useFails) throw new Error("the task has stopped");
    this.calls.push(`use ${arn.split("/").at(-1)} ${marked}`);
    this.seen = this.seen.map((task) => (task.arn === arn ? { ...task, mark: undefined, usedAt: at } : task));
  };
  poke = async (): Promise<void> => void this.calls.push("poke");
  revision = async (): Promise<string | undefined> => {
    this.calls.push("revision");
    return this.current;
  };
  run = async (token: string, capacity: Capacity, startedBy: string): Promise<RunAnswer> => {
    this.runs.push({ token, capacity, startedBy });
    const answer = this.answers.shift();
    if (answer) return answer;
    const known = this.tokens.get(token);
    if (known) return { task: this.seen.find(({ arn }) => arn === known)! };
    const fresh = task(`new-${this.tokens.size}`, { lastStatus: "PROVISIONING", createdAt: NOW });
    this.seen = [...this.seen, fresh];
    this.tokens.set(token, fresh.arn);
    return { task: fresh };
  };
}

const ensure = (fake: Fake, options: Partial<Parameters<typeof ensureTask>[2]> = {}, engine: Engine = ENGINE) =>
  ensureTask(fake, engine, { by: "http", now: NOW, ...options });

describe("a task that runs", () => {
  test("is the answer, and nothing is started", async () => {
    const fake = new Fake(task("a"));
    expect(await ensure(fake)).toMatchObject({ kind: "task", started: false, task: { arn: arnOf("a") } });
    expect(fake.runs).toEqual([]);
  });
  test("of several it is the oldest without a mark", async () => {
    const fake = new Fake(task("a", { createdAt: 1, mark }), task("c", { createdAt: 3 }), task("b", { createdAt: 2 }));
    expect(await ensure(fake)).toMatchObject({ task: { arn: arnOf("b") } });
  });
  test("and is to sleep, is woken: the mark goes, and reconcile hears of it", async () => {
    const fake = new Fake(task("a", { mark }));
    const ensured = await ensure(fake);
    expect(ensured).toMatchObject({ kind: "task", started: false });
    expect(ensured.kind === "task" && ensured.task.mark).toBeUndefined();
    expect(fake.calls).toEqual(["use a true", "poke"]);
  });
  test("for long, is used by a start", async () => {
    const fake = new Fake(task("a"));
    await ensure(fake, { by: "event" });
    expect(fake.calls).toEqual(["use a false"]);
  });
  test("and stops while it is woken, has a successor", async () => {
    const fake = new Fake(task("a", { mark }));
    fake.useFails = true;
    fake.describe = async () => [stopped("a", NOW)];
    expect(await ensure(fake)).toMatchObject({ kind: "task", started: true, task: { arn: arnOf("new-0") } });
    expect(fake.runs[0]!.token).toBe(clientToken(ENGINE, "a", ENGINE.capacity));
  });
});

describe("the next task", () => {
  test("is one, however many want it at once", async () => {
    const fake = new Fake(stopped("a", minutesAgo(9)));
    const look = fake.seen;
    fake.look = async () => look;
    const all = await Promise.all(Array.from({ length: 20 }, () => ensure(fake)));
    expect(new Set(all.map((one) => one.kind === "task" && one.task.arn))).toEqual(new Set([arnOf("new-0")]));
    expect(fake.seen).toHaveLength(2);
  });
  test("comes after the newest one, and after none is a token too", async () => {
    const fake = new Fake(stopped("a", minutesAgo(20)), stopped("b", minutesAgo(9)));
    await ensure(fake);
    expect(fake.runs[0]).toMatchObject({ token: clientToken(ENGINE, "b", ENGINE.capacity), startedBy: "rouse/http" });
    const first = new Fake();
    await ensure(first);
    expect(first.runs[0]!.token).toBe(clientToken(ENGINE, "first", ENGINE.capacity));
    expect(first.runs[0]!.token).toMatch(/^[!-~]{1,64}$/);
  });
  test("comes after one that has the token, and has stopped already", async () => {
    const fake = new Fake(stopped("a", minutesAgo(9)));
    fake.answers = [{ task: stopped("b", NOW) }];
    expect(await ensure(fake)).toMatchObject({ kind: "task", started: true, task: { arn: arnOf("new-0") } });
    expect(fake.runs[1]!.token).toBe(clientToken(ENGINE, "b", ENGINE.capacity));
  });
  test("is the one of a token that was used with other parameters", async () => {
    const fake = new Fake();
    fake.answers = [{ taken: [arnOf("other")] }];
    fake.describe = async () => [task("other", { lastStatus: "PENDING" })];
    expect(await ensure(fake)).toMatchObject({ kind: "task", started: false, task: { arn: arnOf("other") } });
  });
  test("comes after the one of a token that was used with other parameters, and has stopped", async () => {
    const fake = new Fake();
    fake.answers = [{ taken: [arnOf("other")] }];
    expect(await ensure(fake)).toMatchObject({ kind: "task", started: true });
    expect(fake.runs[1]!.token).toBe(clientToken(ENGINE, "other", ENGINE.capacity));
  });
  test("is given up when every one has stopped", async () => {
    const fake = new Fake();
    fake.answers = Array.from({ length: 8 }, (_, index) => ({ task: stopped(`s${index}`, NOW) }));
    expect(await ensure(fake)).toMatchObject({ kind: "failed" });
  });
});

describe("where there is no place for it", () => {
  test("ECS's reasons are the answer", async () => {
    const fake = new Fake();
    fake.answers = [{ failures: ["RESOURCE:MEMORY (arn:aws:ecs:…)"] }];
    expect(await ensure(fake)).toEqual({ kind: "failed", reasons: ["RESOURCE:MEMORY (arn:aws:ecs:…)"] });
  });
  const spot: Engine = { ...ENGINE, capacity: { providers: [{ name: "FARGATE_SPOT", weight: 1, base: 0 }] } };
  const NONE = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
  test("on spot, it is started on demand, with another token", async () => {
    const fake = new Fake();
    fake.answers = [{ failures: [NONE] }];
    expect(await ensure(fake, {}, spot)).toMatchObject({ kind: "task", started: true });
    expect(fake.runs[1]!.capacity).toEqual({ launchType: "FARGATE" });
    expect(fake.runs[1]!.token).not.toBe(fake.runs[0]!.token);
  });
  test("so for a task that has just found none; it is no crash", async () => {
    const failed = stopped("a", minutesAgo(1), { stopCode: "TaskFailedToStart", stoppedReason: NONE, capacity: "FARGATE_SPOT" });
    const fake = new Fake(failed, { ...failed, arn: arnOf("b") }, { ...failed, arn: arnOf("c") });
    expect(await ensure(fake, {}, spot)).toMatchObject({ kind: "task" });
    expect(fake.runs[0]!.capacity).toEqual({ launchType: "FARGATE" });
  });
});

describe("a crash loop", () => {
  const three = [crashed("a", minutesAgo(8)), crashed("b", minutesAgo(5)), crashed("c", minutesAgo(2))];
  test("starts nothing, and says why and until when", async () => {
    const fake = new Fake(...three);
    const loop = { stops: 3, reason: "its container auth exited with code 1", until: minutesAgo(8) + 600_000 };
    expect(await ensure(fake)).toMatchObject({ kind: "crashed", loop });
    expect(fake.runs).toEqual([]);
  });
  test.each<[string, Partial<Parameters<typeof ensureTask>[2]>]>([
    ["the command line", { by: "cli" }],
    ["who says so", { force: true }],
  ])("does not hold %s", async (_who, options) => {
    expect(await ensure(new Fake(...three), options)).toMatchObject({ kind: "task", started: true });
  });
  test("does not hold another revision", async () => {
    const fake = new Fake(...three);
    fake.current = "arcade-auth:4";
    expect(await ensure(fake)).toMatchObject({ kind: "task" });
  });
  test.each<[string, SeenTask[]]>([
    ["the crashes are too few", three.slice(1)],
    ["the first is too old", [crashed("a", minutesAgo(11)), ...three.slice(1)]],
    ["one in between was stopped by somebody", [three[0]!, stopped("d", minutesAgo(3)), three[1]!, three[2]!]],
    ["they are of another revision", [{ ...three[0]!, definition: "x:1" }, ...three.slice(1)]],
    ["its spot capacity was taken back", three.map((one) => ({ ...one, stopCode: "SpotInterruption" }))],
  ])("is none when %s", async (_why, tasks) => expect(await ensure(new Fake(...tasks))).toMatchObject({ kind: "task" }));
  test("is one of failed starts too", async () => {
    const tasks = three.map((one) => ({ ...one, stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: …" }));
    expect(await ensure(new Fake(...tasks))).toMatchObject({ kind: "crashed", loop: { reason: "it could not start: CannotPullContainerError: …" } });
  });
  test("is none of a job that has done its work", async () => {
    const tasks = three.map((one) => ({ ...one, containers: [{ name: "auth", exitCode: 0, ports: [] }] }));
    const { port: _port, ...job } = ENGINE;
    expect(await ensure(new Fake(...tasks), {}, job)).toMatchObject({ kind: "task" });
    expect(await ensure(new Fake(...tasks))).toMatchObject({ kind: "crashed" });
  });
});

test("task definitions are named in three ways", () => {
  for (const taskDefinition of ["arcade-auth", "arcade-auth:3", DEFINITION]) expect(familyOf({ taskDefinition })).toBe("arcade-auth");
  expect(pinnedRevision({ taskDefinition: "arcade-auth" })).toBeUndefined();
  expect(pinnedRevision({ taskDefinition: DEFINITION })).toBe("arcade-auth:3");
});
