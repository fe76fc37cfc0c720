import type { Message } from "../shared/aws-tell.ts";
import type { LeafId } from "../shared/names.ts";
import { type SeenTask, taskId } from "../shared/seen-task.ts";
import { tickOf } from "../shared/start-run.ts";
import { noticeOf } from "../shared/notice.ts";
import { asSubject } from "../shared/subject.ts";
import { lastLines, noticeLines, type Tail } from "../shared/tail.ts";
import { paidSeconds } from "../shared/task-life.ts";
import { costOf, dollars, lasted } from "../shared/words.ts";
import { type Letter, letterFacts } from "./letter.ts";
import { runOf, type WatchConfig } from "./run.ts";

/** A run that ended badly, or could not start. */
export function failedMessage(task: SeenTask, config: WatchConfig, tail: Tail, now: number): Message {
  const { leaf } = config;
  const { how, exitCode, startedAt, stoppedAt } = runOf(task, config.container);
  const what = startedAt === undefined ? "could not start" : "failed";
  const why = startedAt === undefined ? how.replace(/^it could not start: /, "") : how;
  const upSeconds = paidSeconds(task, now);
  const cost = costOf(upSeconds, config.hourUsd);
  const lines = [
    `A run of ${leaf} ${what}: ${why}.`,
    "",
    ...facts({
      "Was to run at": tickOf(task.startedBy),
      Started: startedAt,
      Ended: stoppedAt,
      Took: upSeconds === 0 ? undefined : `${lasted(upSeconds)}${cost.usd === undefined ? "" : `, which cost ${dollars(cost.usd)}`}`,
      "Exit code": exitCode === undefined ? undefined : String(exitCode),
      "ECS says": task.stoppedReason,
      Task: taskId(task.arn),
      Log: tail.where || undefined,
    }),
    ...endOfLog(tail),
    "",
    `Its next run is its schedule's. To run it now: ${runCommand(config)}`,
  ];
  return {
    subject: asSubject(`${leaf} ${what}: ${why}`),
    body: lines.join("\n"),
    notice: noticeOf(
      config,
      { occasion: "run-failed", of: taskId(task.arn), now },
      { why: startedAt === undefined ? `could not start: ${why}` : why, upSeconds, ...cost, ...noticeLines(tail) },
    ),
  };
}

/** A run that goes on for longer than it should. */
export function leftUpMessage(task: SeenTask, config: WatchConfig, tail: Tail, now: number): Message {
  const { leaf, leftUpStop, overlap, stopTimeout } = config;
  const since = task.startedAt ?? task.createdAt;
  const upSeconds = paidSeconds(task, now);
  const lines = [
    `A run of ${leaf} goes on since ${new Date(since).toISOString()}. Its watchdog allows ${duration(config.leftUpMs)}.`,
    "",
    leftUpStop
      ? `Its watchdog stops it now: its container has ${stopTimeout} s to end. The next run is its schedule's.`
      : overlap === "skip"
        ? `With overlap: skip no other run starts until it ends: if it hangs, none ever will. To stop it: rouse sleep ${leaf} --env ${config.environment}`
        : `Other runs start beside it. To stop all of them: rouse sleep ${leaf} --env ${config.environment}`,
    "",
    ...facts({ Task: taskId(task.arn), Log: tail.where || undefined }),
    ...endOfLog(tail),
  ];
  return {
    subject: asSubject(`${leaf} has been running for ${duration(now - since)}${leftUpStop ? " and is stopped" : ""}`),
    body: lines.join("\n"),
    notice: noticeOf(
      config,
      { occasion: "left-up", of: taskId(task.arn), now },
      {
        why: `its watchdog allows ${duration(config.leftUpMs)}${leftUpStop ? ", and stops it" : ""}`,
        upSeconds,
        ...costOf(upSeconds, config.hourUsd),
        ...noticeLines(tail),
      },
    ),
  };
}

/** Most letters that one mail tells of one by one. */
const MOST_LETTERS = 20;

/** Runs that could not be started at all. */
export function lettersMessage(letters: readonly Letter[], config: LeafId, kept: string, now: number): Message {
  const { leaf } = config;
  const all = letters.map(letterFacts);
  const reasons = [...new Set(all.map(({ code, message }) => `${code}: ${message}`))];
  const times = all.length === 1 ? "" : ` ${all.length} times`;
  const lines = [
    `${leaf} did not run${times}: nothing could be started.`,
    "",
    ...all.slice(0, MOST_LETTERS).flatMap(({ when, code, message, tries }) => [
      ...facts({
        "Was to run at": when ?? "unknown",
        Error: `${code}: ${message}`,
        Tried: tries === undefined ? undefined : tries === 0 ? "once" : `${tries + 1} times`,
      }),
      "",
    ]),
    ...(all.length > MOST_LETTERS ? [`and ${all.length - MOST_LETTERS} more`, ""] : []),
    ...new Set(all.map(({ code, message }) => advice(code, message))),
    `To run it now: ${runCommand(config)}`,
    "",
    `What was not started is not tried again by itself. The messages are kept for 14 days in the queue ${kept}.`,
  ];
  return {
    subject: asSubject(`${leaf} did not run${times}: ${reasons[0]}`),
    body: lines.join("\n"),
    // By its letter: a run that was not started has no task.
    notice: noticeOf(config, { occasion: "run-failed", of: letters[0]?.id ?? "", now }, { why: `did not run${times}: ${reasons[0]}` }),
  };
}

function advice(code: string, message: string): string {
  if (/capacity is unavailable/i.test(message))
    return "AWS had no capacity in the zones of its subnets: try later, in more zones (vpc.maxAzs), or in another size.";
  if (/^RESOURCE|EMPTY CAPACITY|AGENT/.test(message)) return "No instance had room for it: look at compute.instanceType and compute.memory.";
  if (/AccessDenied|not authorized|UnauthorizedOperation/i.test(`${code} ${message}`))
    return "A role lacks a permission, or was changed by hand: deploy the leaf again.";
  if (/not ?found|inactive|does not exist/i.test(`${code} ${message}`)) return "Something that it runs on is gone: deploy the leaf again.";
  if (/Throttl|TooManyRequests|Rate exceeded/i.test(`${code} ${message}`))
    return "Too much was asked of AWS in that moment: more retries (wake.retries) help.";
  return "If it says nothing to you: rouse status, and the log of the leaf's run-task function.";
}

const runCommand = ({ leaf, environment }: Pick<WatchConfig, "leaf" | "environment">): string => `rouse run ${leaf} --env ${environment}`;

const facts = (known: Record<string, string | undefined>): string[] =>
  Object.entries(known).flatMap(([name, value]) => (value === undefined || value === "" ? [] : [`${`${name}:`.padEnd(15)}${value}`]));

const endOfLog = (tail: Tail): string[] => (tail.lines.length === 0 ? ["", "It has written nothing."] : lastLines(tail));

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} seconds`;
  if (minutes < 120) return minutes === 1 ? "1 minute" : `${minutes} minutes`;
  return `${Math.round(ms / 360_000) / 10} hours`;
}
