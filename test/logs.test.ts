import { getEventListeners } from "node:events";
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VirtualClock } from "../src/cloud/core/clock.ts";
import { withCloud } from "../src/cloud/testing/with-cloud.ts";
import { testProject } from "../src/stacks/testing.ts";
import { type LogLine, readLogs } from "../src/operate/logs.ts";

const START = Date.parse("2026-11-30T12:00:00Z");
const project = testProject([]);
const clock = new VirtualClock({ start: START });
let world: Awaited<ReturnType<typeof withCloud>>;
let logs: CloudWatchLogsClient;
const group = { logGroupName: "/rouse/arcade/game" };
const connection = () => ({ region: "us-west-2", endpoint: world.url, credentials: { accessKeyId: "000000000000", secretAccessKey: "x" } });

beforeAll(async () => {
  world = await withCloud({ clock });
  logs = new CloudWatchLogsClient(connection());
  await logs.send(new CreateLogGroupCommand(group));
  for (const task of ["aaaa", "bbbb"]) await logs.send(new CreateLogStreamCommand({ ...group, logStreamName: `game/game/${task}` }));
});
afterAll(() => world.stop());

const put = (task: string, secondsAgo: number, message: string) =>
  logs.send(
    new PutLogEventsCommand({ ...group, logStreamName: `game/game/${task}`, logEvents: [{ timestamp: clock.now() - secondsAgo * 1000, message }] }),
  );

test("lines of all tasks come in the order in which they were written, as far back as asked", async () => {
  await put("aaaa", 7200, "long ago");
  await put("aaaa", 60, "first");
  await put("bbbb", 50, "second\n");
  await put("aaaa", 40, "third");
  const lines: LogLine[] = [];
  const there = await readLogs(project, { name: "game" }, connection(), {
    since: 3600,
    follow: false,
    signal: AbortSignal.any([]),
    onLine: (line) => lines.push(line),
  });
  expect(there).toBe(true);
  expect(lines).toEqual([
    { at: clock.now() - 60_000, task: "aaaa", message: "first" },
    { at: clock.now() - 50_000, task: "bbbb", message: "second" },
    { at: clock.now() - 40_000, task: "aaaa", message: "third" },
  ]);
});

test("following shows what comes, also what comes late, and each line once", async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  let looks = 0;
  const onLine = ({ message }: LogLine): void => {
    seen.push(message);
    if (message === "last") stop.abort();
  };
  const following = readLogs(project, { name: "game" }, connection(), { since: 100, follow: true, signal: stop.signal, onLine, pollMs: 1 });
  while (!seen.includes("third")) await new Promise((resolve) => setImmediate(resolve));
  await put("bbbb", 0, "new");
  while (!seen.includes("new")) await new Promise((resolve) => setImmediate(resolve));
  await put("aaaa", 5, "late");
  while (!seen.includes("late") && looks++ < 1e6) await new Promise((resolve) => setImmediate(resolve));
  await put("bbbb", 0, "last");
  expect(await following).toBe(true);
  expect(seen).toEqual(["first", "second", "third", "new", "late", "last"]);
});

test("following for long leaves nothing behind at the signal", async () => {
  const stop = new AbortController();
  let most = 0;
  const look = (): void => {
    most = Math.max(most, getEventListeners(stop.signal, "abort").length);
  };
  const following = readLogs(project, { name: "game" }, connection(), { since: 100, follow: true, signal: stop.signal, onLine: look, pollMs: 1 });
  for (const message of ["a", "b", "c"]) {
    await put("bbbb", 0, message);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  look();
  stop.abort();
  await following;
  expect(most).toBeLessThanOrEqual(1);
});

test("a filter pattern is CloudWatch's; a leaf without a log is told apart from a silent one", async () => {
  const lines: string[] = [];
  const options = { since: 3600, follow: false, signal: AbortSignal.any([]), onLine: ({ message }: LogLine) => void lines.push(message) };
  await readLogs(project, { name: "game" }, connection(), { ...options, filter: "third" });
  expect(lines).toEqual(["third"]);
  expect(await readLogs(project, { name: "nobody" }, connection(), options)).toBe(false);
});
