import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { DeregisterTaskDefinitionCommand, ECSClient, type Task } from "@aws-sdk/client-ecs";
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VirtualClock } from "../src/cloud/core/clock.ts";
import { run as runCommand } from "../src/cli/commands/run.ts";
import { run as sleepCommand } from "../src/cli/commands/sleep.ts";
import { run as statusCommand } from "../src/cli/commands/status.ts";
import { run as wakeCommand } from "../src/cli/commands/wake.ts";
import { type CliContext, UserError } from "../src/cli/command.ts";
import { run as connectCommand } from "../src/cli/commands/connect.ts";
import { type Deployed, deployed, destroy } from "./support/deployed.ts";
import { logLines, mailsTo, MINUTE } from "./support/facts.ts";

/** Scheduled tasks on the real stacks and functions, in virtual time. */

const BASE = `
name: arcade
region: us-west-2
vpc: { maxAzs: 2 }
alerts: { email: [admin@example.com] }
environments: { local: {}, prod: {} }
`;

const leaf = (schedule: string, script: string, more = ""): string => `
wake: ${schedule}
image: job
compute: { on: fargate, cpu: 256, memory: 512 }
process: { command: [sh, -c, ${JSON.stringify(script)}] }
alerts: { email: [friend@example.com] }
${more}`;

const LEAVES = {
  // In the night of the tests the clocks of Berlin go forward, from 2:00 to 3:00 (1:00 UTC): a half past two there is not.
  report: leaf(
    "{ schedule: [cron(15 3 * * ? *), cron(30 2 * * ? *)], timezone: Europe/Berlin, input: { environment: { WHO: world } } }",
    'echo "hello $WHO"; echo done',
  ),
  off: leaf("{ schedule: 'cron(0 * * * ? *)', enabled: { local: false, prod: true } }", "echo off"),
  // Goes on until it is stopped.
  long: leaf("{ schedule: 'cron(5,35 0 29 3 ? 2026)' }", "echo begun; exec sleep 1000"),
  beside: leaf(
    "{ schedule: ['cron(10,20,30 0 29 3 ? 2026)', 'cron(50 0 29 3 ? 2026)'], overlap: allow, input: { command: [ignored] } }",
    "exec sleep 1000",
  ),
  fails: leaf("{ schedule: 'cron(15 0 29 3 ? 2026)' }", "echo reading; echo 'no such table: orders' >&2; exit 3"),
  hangs: leaf("{ schedule: 'cron(16 0 29 3 ? 2026)' }", "echo waiting; exec sleep 1000", "watchdog: { leftUp: { after: 20m, stop: true } }\n"),
  spot: leaf("{ schedule: 'cron(25,45 1 29 3 ? 2026)' }", "echo cheap").replace("on: fargate", "on: fargate-spot"),
  gone: leaf("{ schedule: rate(40 minutes), retries: 1 }", "echo there"),
};

const at = (time: string): number => Date.parse(time);

let world: Deployed;
let deployedAt: number;
beforeAll(async () => {
  world = await deployed(
    { "rouse.yaml": BASE, ...Object.fromEntries(Object.entries(LEAVES).map(([name, text]) => [`leaves/${name}.yaml`, text])) },
    { clock: new VirtualClock({ start: at("2026-03-28T23:58:00Z") }) },
  );
  deployedAt = world.cloud.clock.now();
  // As `rouse up` leaves it, for the commands.
  const folder = join(world.directory, ".rouse", "local");
  mkdirSync(folder, { recursive: true });
  const { host, port } = world.cloud.dns;
  writeFileSync(join(folder, "endpoints.json"), JSON.stringify({ api: world.cloud.url, dns: `${host}:${port}`, pid: process.pid }));
}, 60_000);
afterAll(() => world?.end());

const until = (time: string): Promise<void> => world.cloud.clock.advance(at(time) - world.cloud.clock.now());
const iso = (date: Date | undefined): string | undefined => date?.toISOString();

/** Every task of the last hour, the oldest first. */
async function runsOf(name: string): Promise<Task[]> {
  const { tasksIn } = await import("./support/engines.ts");
  const tasks = [...(await tasksIn(world, `arcade-${name}`)), ...(await tasksIn(world, `arcade-${name}`, "STOPPED"))];
  // Scheduler itself says nothing of the tick; every tick here is on the minute, but those of rates.
  for (const { taskArn, createdAt, startedAt, startedBy } of tasks)
    if (startedAt && startedBy !== "rouse/cli" && startedBy !== BY_HAND && name !== "gone")
      starts.set(taskArn!, startedAt.getTime() - Math.floor(createdAt!.getTime() / MINUTE) * MINUTE);
  return tasks.sort((a, b) => a.createdAt!.getTime() - b.createdAt!.getTime());
}

/** Of the tick that a test delivers itself, later than Scheduler would. */
const BY_HAND = "rouse/schedule/20260329T003600Z";

/** From a run's tick until its container runs, in milliseconds of the cloud's time, by task. */
const starts = new Map<string, number>();
// For bench/schedule.bench.mjs.
afterAll(() => {
  if (process.env["ROUSE_FIGURES"]) console.log(`FIGURES ${JSON.stringify([...starts.values()])}`);
});
const ended = (name: string): Promise<void> =>
  world.cloud.clock.advanceUntil(async () => (await runsOf(name)).every(({ lastStatus }) => lastStatus === "STOPPED"), MINUTE, `the end of ${name}`);

/** Whole mails to the leaf's address about it, the oldest first. */
function mailsAbout(name: string): string[] {
  const inbox = join(world.cloud.dataDir, "inbox");
  if (!existsSync(inbox)) return [];
  const mails = readdirSync(inbox)
    .toSorted()
    .map((file) =>
      readFileSync(join(inbox, file), "utf8")
        .replace(/=\r?\n/g, "")
        .replaceAll("=3D", "="),
    );
  return mails.filter((mail) => mail.includes("To: friend@example.com") && new RegExp(`^Subject: ${name} `, "m").test(mail));
}

/** A command, in this process, while virtual time goes on. */
async function command(
  run: (context: CliContext, args: string[], options: Record<string, unknown>) => Promise<number>,
  args: string[],
  options: Record<string, unknown> = {},
  interrupted = new AbortController().signal,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const said = { stdout: "", stderr: "" };
  stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  let done = false;
  const context: CliContext = { directory: world.directory, env: {}, stdout, stderr, interrupted };
  const running = run(context, args, { env: "local", dir: ".", ...options }).finally(() => (done = true));
  running.catch(() => {});
  // The command's own waiting is real time, a fraction of a second; the virtual time between is of no account.
  await world.cloud.clock.advanceUntil(() => done || new Promise((resolve) => setTimeout(() => resolve(done), 5)), 10 * MINUTE, args.join(" "));
  return { code: await running, ...said };
}

describe("a deployment", () => {
  test("runs nothing, not even what has a rate", async () => {
    await world.cloud.clock.advance(MINUTE);
    for (const name of Object.keys(LEAVES)) expect([name, await runsOf(name)]).toEqual([name, []]);
    // For later: what this leaf runs is gone, as if somebody had taken it away by hand.
    await world.cloud.client(ECSClient).send(new DeregisterTaskDefinitionCommand({ taskDefinition: "arcade-gone:1" }));
    expect((await logLines(world, "/aws/lambda/arcade-gone-run-task")).join("\n")).toContain("a rate's first tick comes with the deployment");
  });
});

describe("a tick", () => {
  test("while the run before goes on starts nothing, and is counted; the next one starts again", async () => {
    await until("2026-03-29T00:05:30Z");
    const [first] = await runsOf("long");
    expect(first).toMatchObject({ lastStatus: "RUNNING", startedBy: "rouse/schedule/20260329T000500Z" });
    await until("2026-03-29T00:36:00Z");
    expect(await runsOf("long")).toHaveLength(1);
    const { Datapoints } = await world.cloud.client(CloudWatchClient).send(
      new GetMetricStatisticsCommand({
        Namespace: "Rouse",
        MetricName: "SkippedRuns",
        Dimensions: [
          { Name: "Application", Value: "arcade" },
          { Name: "Environment", Value: "local" },
          { Name: "Leaf", Value: "long" },
        ],
        StartTime: new Date(deployedAt),
        EndTime: new Date(world.cloud.clock.now() + MINUTE),
        Period: 86_400,
        Statistics: ["Sum"],
      }),
    );
    expect(Datapoints?.map(({ Sum }) => Sum)).toEqual([1]);
    expect((await world.status("long")).runs?.running).toEqual([{ task: expect.any(String), since: iso(first!.startedAt) }]);
  });

  test("of a leaf that allows it starts a run beside the one before, without a function", async () => {
    const runs = await runsOf("beside");
    expect(runs.map(({ lastStatus }) => lastStatus)).toEqual(["RUNNING", "RUNNING", "RUNNING"]);
    expect(runs[0]!.overrides!.containerOverrides).toEqual([expect.objectContaining({ name: "beside", command: ["ignored"] })]);
    expect(await command(sleepCommand, ["beside"])).toMatchObject({ stdout: expect.stringContaining("falling asleep") });
    await ended("beside");
    await world.cloud.client(ECSClient).send(new DeregisterTaskDefinitionCommand({ taskDefinition: "arcade-beside:1" }));
    await command(sleepCommand, ["long"]);
    await ended("long");
  });

  test("that is delivered twice starts one run", async () => {
    const { call } = await import("./support/engines.ts");
    const tick = { schedule: "arn:aws:scheduler:us-west-2:000000000000:schedule/arcade-long/run", at: "2026-03-29T00:36:00Z" };
    await Promise.all([call(world, "arcade-long-run-task", tick), call(world, "arcade-long-run-task", tick)]);
    await call(world, "arcade-long-run-task", tick);
    const runs = await runsOf("long");
    expect(runs.filter(({ startedBy }) => startedBy === BY_HAND)).toHaveLength(1);
    await command(sleepCommand, ["long"]);
    await ended("long");
    // Neither after it has ended.
    await call(world, "arcade-long-run-task", tick);
    expect((await runsOf("long")).filter(({ lastStatus }) => lastStatus !== "STOPPED")).toEqual([]);
  });

  test("comes within a second of its time, by the clocks of the leaf's zone", async () => {
    await until("2026-03-29T01:15:01Z");
    await ended("report");
    const [run, ...others] = await runsOf("report");
    expect(others).toEqual([]);
    expect(run!.createdAt!.getTime() - at("2026-03-29T01:15:00Z")).toBeLessThan(1000);
    expect(run!.containers![0]).toMatchObject({ exitCode: 0 });
    expect(await logLines(world, "/rouse/arcade/report")).toEqual(["hello world", "done"]);
    expect(await runsOf("off")).toEqual([]);
  });

  test("that is not enabled here does not come", async () => {
    expect((await world.status("off")).runs).toMatchObject({ enabled: false, next: [] });
  });
});

describe("people are told", () => {
  test("of a run that failed: with what, and the end of its log", () => {
    const mails = mailsAbout("fails");
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain("Subject: fails failed: its container fails exited with code 3");
    for (const text of [
      "Exit code:     3",
      "Was to run at: 2026-03-29T00:15:00Z",
      "no such table: orders",
      "rouse run fails --env local",
      "/rouse/arcade/fails fails/fails/",
    ])
      expect(mails[0]).toContain(text);
    expect(mailsTo(world, "admin@example.com").filter((subject) => subject.startsWith("fails "))).toHaveLength(1);
  });

  test("of a run that does not end, which is stopped where its watchdog says so; that is no failure", async () => {
    const [run] = await runsOf("hangs").then((runs) => runs.slice(-1));
    expect(run === undefined || run.lastStatus === "STOPPED").toBe(true);
    const mails = mailsAbout("hangs");
    expect(mails.map((mail) => /^Subject: (.*)$/m.exec(mail)![1]!.trim())).toEqual(["hangs has been running for 20 minutes and is stopped"]);
    expect(mails[0]).toContain("waiting");
    expect((await world.status("hangs")).runs?.last).toMatchObject({
      failed: false,
      how: "it was up for longer than its watchdog allows",
      seconds: 1200,
    });
  });

  test("of what could not be started: one mail with why, and the message is kept", async () => {
    const mails = mailsAbout("gone");
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/Subject: gone did not run: ClientException: /);
    for (const text of ["Was to run at: 2026-03-29T00:3", "deploy the leaf again", "rouse run gone --env local"]) expect(mails[0]).toContain(text);
    const sqs = world.cloud.client(SQSClient);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: "Arcade-Gone" }));
    const counts = await Promise.all(
      QueueUrls.toSorted().map(async (QueueUrl) => {
        const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }));
        return [/DeadLetters(Kept|Queue)/.exec(QueueUrl)![1], Attributes!["ApproximateNumberOfMessages"]];
      }),
    );
    expect(Object.fromEntries(counts)).toEqual({ Kept: "1", Queue: "0" });
    // One that Scheduler itself has written.
    expect(mailsAbout("beside")).toEqual([
      expect.stringMatching(/beside did not run: \w+: .*[\s\S]*Was to run at: 2026-03-29T00:50:00Z[\s\S]*Tried: +once/),
    ]);
    // The next one is told of again.
    await until("2026-03-29T01:24:00Z");
    expect(mailsAbout("gone")).toHaveLength(2);
  });

  test("of nothing else", () => {
    const subjects = mailsTo(world, "friend@example.com").filter((subject) => !/^(fails|hangs|gone|beside) /.test(subject));
    expect(subjects).toEqual([]);
  });
});

describe("spot capacity", () => {
  test("is used where there is some", async () => {
    await until("2026-03-29T01:25:30Z");
    expect((await runsOf("spot")).map(({ capacityProviderName, launchType }) => capacityProviderName ?? launchType)).toEqual(["FARGATE_SPOT"]);
  });

  test("that is not there is made up for on demand, and nobody is told", async () => {
    world.cloud.spot.setAvailable(false);
    await until("2026-03-29T01:45:30Z");
    world.cloud.spot.setAvailable(true);
    expect((await runsOf("spot")).map(({ capacityProviderName, launchType }) => capacityProviderName ?? launchType)).toEqual([
      "FARGATE_SPOT",
      "FARGATE",
    ]);
    expect(mailsAbout("spot")).toEqual([]);
  });
});

describe("rouse run", () => {
  test("shows the log and ends with the container's exit code", async () => {
    expect(await command(runCommand, ["report"])).toEqual({ code: 0, stdout: "hello world\ndone\n", stderr: "" });
    const failed = await command(runCommand, ["fails"]);
    expect(failed).toMatchObject({ code: 3, stderr: "rouse: fails: its container fails exited with code 3\n" });
    expect(failed.stdout.split("\n").toSorted()).toEqual(["", "no such table: orders", "reading"]);
  });

  test("says why nothing could be started", async () => {
    await expect(command(runCommand, ["gone"])).rejects.toThrow(/gone could not be started: .*ClientException/);
  });

  test("starts nothing beside a run that goes on, unless told; Ctrl-C leaves it running", async () => {
    expect(await command(wakeCommand, ["long"])).toMatchObject({ code: 0, stdout: "long runs; rouse status long tells how it goes\n" });
    const refused = await command(runCommand, ["long"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("a run of long goes on since");
    expect(await command(runCommand, ["long"], { overlap: true, follow: false })).toMatchObject({ code: 0 });
    expect((await world.status("long")).runs?.running).toHaveLength(2);
    await command(sleepCommand, ["long"]);
    await ended("long");
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const left = await command(runCommand, ["long"], {}, stop.signal);
    expect(left.code).toBe(130);
    expect(left.stderr).toContain("long goes on running");
    expect((await world.status("long")).state).toBe("awake");
    await command(sleepCommand, ["long"]);
    await ended("long");
    // Stopped by hand is no failure.
    expect(mailsAbout("long")).toEqual([]);
  });

  test("is for scheduled tasks, and connect is not", async () => {
    await expect(command(connectCommand, ["report"], { timeout: 1 })).rejects.toThrow(UserError);
    await expect(command(connectCommand, ["report"], { timeout: 1 })).rejects.toThrow("rouse run report runs it and shows its log");
  });
});

describe("rouse status", () => {
  test("shows the next ticks by the leaf's clocks, and how the last run went", async () => {
    const { stdout } = await command(statusCommand, ["report"]);
    expect(stdout).toMatch(/next 2026-03-30 02:30, 2026-03-30 03:15, 2026-03-31 02:30 Europe\/Berlin/);
    expect(stdout).toMatch(/last run 2026-03-29 03:\d\d: \d s, exit code 0/);
    expect((await command(statusCommand, ["off"])).stdout).toContain("its schedule is not enabled here");
    expect((await command(statusCommand, ["fails"])).stdout).toContain("its last run failed: its container fails exited with code 3");
    const { stdout: json } = await command(statusCommand, ["fails"], { json: true });
    expect(JSON.parse(json)).toEqual([
      expect.objectContaining({ name: "fails", state: "asleep", runs: expect.objectContaining({ last: expect.objectContaining({ exitCode: 3 }) }) }),
    ]);
  });
});

test("every run that a tick has started began within a second of it", () => {
  expect(starts.size).toBeGreaterThanOrEqual(7);
  expect(Math.max(...starts.values())).toBeLessThanOrEqual(1000);
});

test("the leaf's end ends its runs, and leaves nothing", async () => {
  await command(wakeCommand, ["long"]);
  await destroy(world);
  expect(await world.status("long")).toMatchObject({ state: "not deployed" });
}, 30_000);
