import { describe, expect, test } from "vitest";
import { parseSchedule } from "./schedule.ts";
import { instantsOf, inTimeZone, isTimeZone, wallTime } from "./zone.ts";

const BERLIN = "Europe/Berlin";
const utc = (text: string): number => Date.parse(`${text}Z`);

function times(expression: string, zone: string, after: string, count: number): string[] {
  const schedule = inTimeZone(parseSchedule(expression)!, zone);
  const found: string[] = [];
  for (let at = schedule.next(utc(after), 0); at !== undefined && found.length < count; at = schedule.next(at, 0))
    found.push(new Date(at).toISOString().slice(0, 16));
  return found;
}

test("names of the time zone database are time zones, offsets are none", () => {
  expect(["UTC", BERLIN, "America/New_York", "Asia/Kolkata"].filter(isTimeZone)).toHaveLength(4);
  expect(["Mars/Phobos", "+02:00", ""].filter(isTimeZone)).toEqual([]);
});

test("local times go to instants and back", () => {
  expect(wallTime(utc("2026-07-01T10:00:00"), BERLIN)).toBe(utc("2026-07-01T12:00:00"));
  expect(instantsOf(utc("2026-01-01T12:00:00"), BERLIN)).toEqual([utc("2026-01-01T11:00:00")]);
  expect(instantsOf(utc("2026-03-29T02:30:00"), BERLIN), "put forward over it").toEqual([]);
  expect(instantsOf(utc("2026-10-25T02:30:00"), BERLIN), "put back over it").toEqual([utc("2026-10-25T00:30:00"), utc("2026-10-25T01:30:00")]);
});

describe("cron by the clock on the wall", () => {
  test("follows summer time", () => {
    expect(times("cron(0 8 * * ? *)", BERLIN, "2026-03-27T12:00:00", 3)).toEqual(["2026-03-28T07:00", "2026-03-29T06:00", "2026-03-30T06:00"]);
  });
  test("leaves out a time that does not exist", () => {
    expect(times("cron(30 2 * * ? *)", BERLIN, "2026-03-27T12:00:00", 3)).toEqual(["2026-03-28T01:30", "2026-03-30T00:30", "2026-03-31T00:30"]);
  });
  test("runs once at a time that comes twice", () => {
    expect(times("cron(30 2 * * ? *)", BERLIN, "2026-10-24T12:00:00", 2)).toEqual(["2026-10-25T00:30", "2026-10-26T01:30"]);
    expect(times("cron(0/30 * * * ? *)", BERLIN, "2026-10-25T00:00:00", 3)).toEqual(["2026-10-25T00:30", "2026-10-25T02:00", "2026-10-25T02:30"]);
  });
});
