import { expect, test } from "vitest";
import { type CrashMark, crashHolds, readMarks, taskOf, writeMark } from "./marks.ts";

const mark: CrashMark = {
  at: "2026-01-05T00:00:00.000Z",
  until: "2026-01-05T00:15:00.000Z",
  strikes: 0,
  task: "arcade-minecraft:3",
  stops: 3,
  reason: "exit code 1",
};
const AT = Date.parse(mark.at);
const MINUTE = 60_000;

test("a mark that was written can be read", () => {
  expect(readMarks([{ Key: "rouse:crashed", Value: writeMark(mark) }]).crashed).toEqual(mark);
});

test("a mark with a long reason fits into a tag and can still be read", () => {
  const value = writeMark({ ...mark, reason: "CannotPullContainerError: ".repeat(30) });
  expect(value.length).toBeLessThanOrEqual(256);
  expect(readMarks([{ Key: "rouse:crashed", Value: value }]).crashed?.until).toBe(mark.until);
});

test("a mark that cannot be read counts as absent", () => {
  expect(
    readMarks([
      { Key: "rouse:crashed", Value: "yes" },
      { Key: "rouse:wake", Value: '{"at":"soon"}' },
    ]),
  ).toEqual({});
});

test("a crash mark holds until its time has come", () => {
  expect(crashHolds(mark, AT + 14 * MINUTE)).toBe(true);
  expect(crashHolds(mark, AT + 15 * MINUTE)).toBe(false);
  expect(crashHolds(undefined, AT)).toBe(false);
});

test("a crash mark does not hold for another task definition: that was a deploy", () => {
  expect(crashHolds(mark, AT, "arcade-minecraft:3")).toBe(true);
  expect(crashHolds(mark, AT, "arcade-minecraft:4")).toBe(false);
});

test("the task of an ARN is its family and revision", () => {
  expect(taskOf("arn:aws:ecs:us-west-2:111111111111:task-definition/arcade-minecraft:3")).toBe("arcade-minecraft:3");
});
