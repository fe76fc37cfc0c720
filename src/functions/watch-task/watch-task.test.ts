import { describe, expect, test } from "vitest";
import type { Message } from "../shared/aws-tell.ts";
import type { HistoryLine } from "../shared/record.ts";
import type { LastRun } from "../shared/run-spec.ts";
import type { SeenTask } from "../shared/seen-task.ts";
import { crashed, stopped, task } from "../testing/engines.ts";
import { endRuns } from "./end-runs.ts";
import type { Letter } from "./letter.ts";
import { readLetters } from "./letters.ts";
import { failedMessage, leftUpMessage, lettersMessage } from "./messages.ts";
import { type Occasion, runOf, stepsFor, type WatchConfig } from "./run.ts";
import { watchRun, type WatchWorld } from "./watch-run.ts";

const NOW = 10_000_000;
const CONFIG: WatchConfig = {
  application: "arcade",
  leaf: "report",
  environment: "prod",
  container: "auth",
  overlap: "skip",
  leftUpMs: 3_600_000,
  leftUpStop: false,
  stopTimeout: 30,
  replaces: true,
  direct: false,
  hourUsd: "0.36",
};
const NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
const noSpot = stopped("1", NOW, { stopCode: "TaskFailedToStart", stoppedReason: NO_CAPACITY, capacity: "FARGATE_SPOT", startedAt: undefined });
const done = stopped("1", NOW, { stopCode: "EssentialContainerExited", containers: [{ name: "auth", exitCode: 0, ports: [] }] });
const silent = { where: "/rouse/arcade/report report/auth/1", lines: [] };

describe("a run", () => {
  test("that runs is looked at again when it has taken too long", () => {
    expect(stepsFor(task("1"), CONFIG, 2_000_000)).toEqual([{ do: "check", at: 1_010_000 + 3_600_000 }]);
    expect(stepsFor(task("1", { startedAt: undefined, lastStatus: "PENDING" }), CONFIG, 2_000_000)).toEqual([]);
    expect(stepsFor(task("1"), { ...CONFIG, leftUpMs: 0 }, NOW)).toEqual([]);
  });

  test("that has taken too long is told of, and stopped where its watchdog says so", () => {
    expect(stepsFor(task("1"), CONFIG, NOW)).toEqual([{ do: "tell", occasion: "left-up" }]);
    expect(stepsFor(task("1"), { ...CONFIG, leftUpStop: true }, NOW)).toEqual([{ do: "tell", occasion: "left-up" }, { do: "stop" }]);
    expect(stepsFor(task("1", { desiredStatus: "STOPPED" }), CONFIG, NOW)).toEqual([]);
  });

  test.each<[string, SeenTask, boolean]>([
    ["has done its work", done, false],
    ["exited with another code", crashed("1", NOW), true],
    ["was killed, and has no code", crashed("1", NOW, { containers: [{ name: "auth", reason: "OutOfMemoryError", ports: [] }] }), true],
    ["could not start", stopped("1", NOW, { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError" }), true],
    ["lost its spot capacity", stopped("1", NOW, { stopCode: "SpotInterruption" }), true],
    ["lost its instance", stopped("1", NOW, { stopCode: "TerminationNotice" }), true],
    ["was stopped by hand", stopped("1", NOW, { stopCode: "UserInitiated", stoppedReason: "enough" }), false],
  ])("that %s: failed is %s", (_what, seen, failed) => {
    expect(runOf(seen, "auth").failed).toBe(failed);
    expect(stepsFor(seen, CONFIG, NOW).some((step) => step.do === "tell")).toBe(failed);
  });

  test("without spot capacity is replaced, and nobody is told; on demand there is nothing to replace it with", () => {
    expect(stepsFor(noSpot, CONFIG, NOW)).toEqual([{ do: "replace" }]);
    expect(stepsFor({ ...noSpot, capacity: undefined }, CONFIG, NOW)).toContainEqual({ do: "tell", occasion: "failed" });
  });
});

/** Remembers what was done. */
function fakeWorld(seen: SeenTask | undefined, now = NOW) {
  const did: unknown[] = [];
  const told: Message[] = [];
  const lines: HistoryLine[] = [];
  const memory: { occasion: Occasion; task: string; at: number }[] = [];
  const note = (what: string) => (value: unknown) => Promise.resolve(void did.push([what, value]));
  const world: WatchWorld = {
    now: () => now,
    describe: () => Promise.resolve(seen),
    tail: () => Promise.resolve({ where: "group stream", lines: ["last line"] }),
    check: (arn, at) => Promise.resolve(void did.push(["check", arn, at])),
    uncheck: note("uncheck"),
    replace: note("replace"),
    remember: (run: LastRun) => Promise.resolve(void did.push(["remember", run.task])),
    stop: note("stop"),
    announced: {
      read: () => Promise.resolve([...memory]),
      lock: (one) => {
        if (memory.some(({ occasion, task }) => occasion === one.occasion && task === one.task)) return Promise.resolve(false);
        memory.push({ ...one, at: now });
        return Promise.resolve(true);
      },
      renew: (one) => Promise.resolve(void (memory[memory.indexOf(one)] = { ...one, at: now })),
      forget: (one) => Promise.resolve(void memory.splice(memory.indexOf(one), 1)),
    },
    tell: (message) => Promise.resolve(void told.push(message)),
    record: (...written) => Promise.resolve(void lines.push(...written)),
  };
  return { world, did, told, memory, lines };
}
const quiet = (): void => {};

test("an event that comes twice is one mail", async () => {
  const { world, told } = fakeWorld(crashed("1", NOW));
  await Promise.all([watchRun(world, CONFIG, "arn", quiet), watchRun(world, CONFIG, "arn", quiet)]);
  await watchRun(world, CONFIG, "arn", quiet);
  expect(told.map(({ subject }) => subject)).toEqual(["report failed: its container auth exited with code 1"]);
});

test("a mail that cannot be sent, and a log that cannot be read, stand in the way of nothing", async () => {
  const { world, did } = fakeWorld(task("1"));
  const broken: WatchWorld = { ...world, tail: () => Promise.reject(new Error("no")), tell: () => Promise.reject(new Error("no")) };
  await watchRun(broken, { ...CONFIG, leftUpStop: true }, "arn", quiet);
  expect(did.map((one) => (one as string[])[0])).toEqual(["stop"]);
});

test("what nobody can tell of any more is forgotten", async () => {
  const { world, memory } = fakeWorld(done);
  memory.push({ occasion: "failed", task: "old", at: NOW - 3 * 3_600_000 }, { occasion: "failed", task: "new", at: NOW - 60_000 });
  await watchRun(world, CONFIG, "arn", quiet);
  expect(memory.map(({ task }) => task)).toEqual(["new"]);
});

describe("the mail", () => {
  test("of a run that failed says what, since when, where its log is, and how to run it again", () => {
    const { subject, body, notice } = failedMessage(
      crashed("1", NOW, { startedBy: "rouse/schedule/20260105T070000Z" }),
      CONFIG,
      {
        where: "/rouse/arcade/report report/auth/1",
        lines: ["reading", "no such table"],
      },
      NOW,
    );
    expect(subject).toBe("report failed: its container auth exited with code 1");
    for (const text of [
      "Was to run at: 2026-01-05T07:00:00Z",
      "Exit code:     1",
      "Log:           /rouse/arcade/report report/auth/1",
      "  no such table",
      "rouse run report --env prod",
    ])
      expect(body).toContain(text);
    expect(notice).toMatchObject({
      id: "arcade-prod-report-run-failed-1",
      occasion: "run-failed",
      why: "its container auth exited with code 1",
      log: ["reading", "no such table"],
    });
  });

  test("of one that could not start says so, and that it has written nothing", () => {
    const never = stopped("1", NOW, { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: not found", startedAt: undefined });
    const { subject, body } = failedMessage(never, CONFIG, silent, NOW);
    expect(subject).toBe("report could not start: CannotPullContainerError: not found");
    expect(body).toContain("It has written nothing.");
  });

  test("of one that does not end says what that means for those that follow", () => {
    const said = (changes: Partial<WatchConfig>) => leftUpMessage(task("1"), { ...CONFIG, ...changes }, silent, 1_010_000 + 3_600_000);
    expect(said({}).subject).toBe("report has been running for 60 minutes");
    expect(said({}).body).toContain("With overlap: skip no other run starts until it ends: if it hangs, none ever will.");
    expect(said({}).body).toContain("rouse sleep report --env prod");
    expect(said({ overlap: "allow" }).body).toContain("Other runs start beside it.");
    expect(said({ leftUpStop: true })).toMatchObject({
      subject: "report has been running for 60 minutes and is stopped",
      body: expect.stringContaining("has 30 s to end"),
    });
  });

  const letter = (attributes: Record<string, string>, body = "{}"): Letter => ({ id: "1", receipt: "r", body, attributes });
  test.each<[string, Letter, string[]]>([
    [
      "Scheduler",
      letter({
        ERROR_CODE: "AccessDeniedException",
        ERROR_MESSAGE: "is not authorized",
        SCHEDULED_TIME: "2026-01-05T07:00:00Z",
        RETRY_ATTEMPTS: "0",
      }),
      ["Was to run at: 2026-01-05T07:00:00Z", "AccessDeniedException: is not authorized", "Tried:         once", "A role lacks a permission"],
    ],
    [
      "the function",
      letter({ ERROR_CODE: "TaskFailedToStart", ERROR_MESSAGE: NO_CAPACITY, RETRY_ATTEMPTS: "2" }),
      ["Tried:         3 times", "AWS had no capacity"],
    ],
    [
      "Lambda",
      letter({ ErrorCode: "200", ErrorMessage: "Task timed out", RequestID: "x" }, '{"at":"2026-01-05T07:00:00Z"}'),
      ["Was to run at: 2026-01-05T07:00:00Z", "Task timed out"],
    ],
    ["nobody who says why", letter({}, "no JSON"), ["Was to run at: unknown", "no reason was given"]],
  ])("of a letter from %s says why, and what to do", (_who, one, texts) => {
    const { body } = lettersMessage([one], CONFIG, "kept", NOW);
    for (const text of [...texts, "rouse run report --env prod", "kept"]) expect(body).toContain(text);
  });

  test("of many letters is one, with a number", () => {
    const many = Array.from({ length: 25 }, () => letter({ ERROR_CODE: "A", ERROR_MESSAGE: "b" }));
    expect(lettersMessage(many, CONFIG, "kept", NOW)).toMatchObject({
      subject: "report did not run 25 times: A: b",
      body: expect.stringContaining("and 5 more"),
    });
  });
});

describe("letters", () => {
  const letters = (count: number): Letter[] =>
    Array.from({ length: count }, (_, id) => ({ id: String(id), receipt: "r", body: "{}", attributes: {} }));
  function fake(there: Letter[], fail = false) {
    const did: string[] = [];
    return {
      did,
      world: {
        now: () => NOW,
        receive: () => Promise.resolve(there.splice(0, 10)),
        tell: () => (fail ? Promise.reject(new Error("SNS is away")) : Promise.resolve(void did.push("tell"))),
        keep: ({ id }: Letter) => Promise.resolve(void did.push(`keep ${id}`)),
        calm: () => Promise.resolve(void did.push("calm")),
      },
    };
  }
  test("are told of in one mail, then kept, then the alarm is over", async () => {
    const { world, did } = fake(letters(12));
    await readLetters(world, CONFIG, "kept", quiet);
    expect([did[0], did.length, did.at(-1)]).toEqual(["tell", 14, "calm"]);
  });
  test("of which nobody could be told stay where they are", async () => {
    const { world, did } = fake(letters(1), true);
    await expect(readLetters(world, CONFIG, "kept", quiet)).rejects.toThrow("SNS is away");
    expect(did).toEqual([]);
  });
  test("that are not there are no mail; the alarm is over all the same", async () => {
    const { world, did } = fake([]);
    await readLetters(world, CONFIG, "kept", quiet);
    expect(did).toEqual(["calm"]);
  });
});

test("the leaf's end stops its runs and waits for them; one that does not go makes it fail", async () => {
  const runs = [task("1"), task("2", { desiredStatus: "STOPPED", lastStatus: "DEACTIVATING" }), stopped("3", NOW)];
  const stops: string[] = [];
  let now = 0;
  let looks = 0;
  const world = {
    now: () => now,
    sleep: (ms: number) => Promise.resolve(void (now += ms)),
    tasks: () => Promise.resolve(++looks > 3 ? [] : runs),
    stop: (arn: string) => Promise.resolve(void stops.push(arn)),
    forget: () => Promise.resolve(void stops.push("forgotten")),
  };
  await endRuns(world, 60_000, quiet);
  expect(stops).toEqual([task("1").arn, task("1").arn, task("1").arn, "forgotten"]);
  looks = -1000;
  await expect(endRuns(world, now + 5_000, quiet)).rejects.toThrow("2 runs are still stopping");
});
