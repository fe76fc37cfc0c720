import { describe, expect, test } from "vitest";
import { BASE, load, mistakes } from "./testing.ts";

/** A project of one scheduled task, report. */
const task = (wake: string, more = "compute: { on: fargate }\n") => ({
  "rouse.yaml": BASE,
  "leaves/game.yaml": null,
  "leaves/report.yaml": `wake: ${wake}\nimage: x\n${more}`,
});
const scheduled = (expression: string, more = "") => task(`{ schedule: ${expression}${more} }`);
const with_ = (more: string) => task("{ schedule: rate(1 hour) }", `compute: { on: fargate }\n${more}`);
const A = "leaves/report.yaml";

describe("a schedule", () => {
  test.each<[string, string, string[]]>([
    ["no time", "schedule", [`${A}:1:7 wake | a schedule must say when | -`]],
    ["a rate alone", "rate(5 minutes)", [`${A}:1:7 wake | "rate(5 minutes)" is nothing that can wake a leaf | { schedule: "rate(5 minutes)" }`]],
    [
      "a cron alone",
      "cron(0 * * * ? *)",
      [`${A}:1:7 wake | "cron(0 * * * ? *)" is nothing that can wake a leaf | { schedule: "cron(0 * * * ? *)" }`],
    ],
    ["a misspelt key", "{ schedul: rate(1 hour) }", [`${A}:1:9 wake.schedul | "schedul" is nothing that can wake a leaf | schedule`]],
    [
      "another wake",
      "{ schedule: rate(1 hour), always: {} }",
      [`${A}:1:9 wake.schedule | schedule and always do not go together: each makes another kind of leaf | -`],
    ],
    [
      "its options alone",
      "{ event: {}, retries: 2 }",
      [`${A}:1:20 wake.retries | wake.retries does not apply here: it is about a schedule, and this leaf has none | -`],
    ],
  ])("with %s", async (_what, wake, expected) => expect(await mistakes(task(wake))).toEqual(expected));

  test.each<[string, string, string]>([
    ["English", "every 5 minutes", `"every 5 minutes" is not a rate | rate(5 minutes)`],
    ["a duration", "5m", `"5m" is not a rate | rate(5 minutes)`],
    ["a plural of one", "rate(1 minutes)", `"rate(1 minutes)" is not written as EventBridge Scheduler wants it | rate(1 minute)`],
    ["a singular of five", "rate(5 minute)", `"rate(5 minute)" is not written as EventBridge Scheduler wants it | rate(5 minutes)`],
    ["never", "rate(0 minutes)", "a rate is one or more | -"],
    ["five fields", '"0 7 * * 1"', `"0 7 * * 1" is not a cron expression of six fields | cron(0 7 ? * 1 *)`],
    ["five fields in cron()", "cron(0 7 * * *)", `"cron(0 7 * * *)" is not a cron expression of six fields | cron(0 7 * * ? *)`],
    ["two days", "cron(0 7 * * * *)", `of day of month and day of week one, and only one, is ? | cron(0 7 * * ? *)`],
    ["a minute that there is not", "cron(99 7 * * ? *)", `a field of "cron(99 7 * * ? *)" has a value that there is not | -`],
    ["a day that there is not", "cron(0 7 ? * FOO *)", `a field of "cron(0 7 ? * FOO *)" has a value that there is not | -`],
    [
      "a comma without quotes",
      "cron(5,35 7 * * ? *)",
      `a comma ends a value inside { } and [ ]: the expression needs quotes | "cron(5,35 * * * ? *)"`,
    ],
    ["one time only", '"at(2026-01-01T00:00:00)"', "at() comes once, and a schedule ticks again and again; rouse run runs a task now | -"],
    ["a number", "5", "5 is not allowed here | -"],
    ["no expression", "[]", "the list is too short | -"],
    ["six of them", `[${[1, 2, 3, 4, 5, 6].map((hour) => `cron(0 ${hour} * * ? *)`).join(", ")}]`, "the list is too long | -"],
  ])("of %s", async (_what, expression, expected) =>
    expect(await mistakes(scheduled(expression))).toEqual([`${A}:1:19 wake.schedule | ${expected}`]),
  );

  test.each<[string, string, string]>([
    [
      "one of a list that is none",
      "[rate(1 hour), rate(2 hour)]",
      `34 wake.schedule[1] | "rate(2 hour)" is not written as EventBridge Scheduler wants it | rate(2 hours)`,
    ],
    ["the same twice", "[rate(1 hour), rate(1 hour)]", "34 wake.schedule[1] | rate(1 hour) is there twice | -"],
  ])("with %s", async (_what, expression, expected) => expect(await mistakes(scheduled(expression))).toEqual([expect.stringContaining(expected)]));

  test.each<[string, string, string]>([
    ["an environment that there is not", "enabled: { stagging: true }", `wake.enabled.stagging | there is no environment "stagging" | staging`],
    ["yes", "enabled: yes", `wake.enabled | "yes" is not allowed here | true`],
    ["a list of environments", "enabled: [staging]", "wake.enabled | a list is not allowed here | -"],
    ["neither true nor false", "enabled: { staging: nope }", `wake.enabled.staging | "nope" is not true or false | -`],
    ["an overlap that there is not", "overlap: skipp", `wake.overlap | "skipp" is not allowed here | skip`],
    ["too many retries", "retries: 11", "wake.retries | 11 is out of range | -"],
    ["retries in words", "retries: two", `wake.retries | "two" is not a number | -`],
    ["a zone of a rate", "timezone: Europe/Berlin", "wake.timezone | a rate is the same in every time zone | -"],
    ["a command that is no list", "input: { command: node x }", `wake.input.command | "node x" is not a list | [node x]`],
    ["an input that there is not", "input: { comand: [x] }", `wake.input.comand | unknown key "comand" | command`],
  ])("with %s", async (_what, option, expected) =>
    expect(await mistakes(scheduled("rate(1 hour)", `, ${option}`))).toEqual([expect.stringContaining(expected)]),
  );

  test("with a zone that there is not", async () =>
    expect(await mistakes(scheduled("cron(0 7 * * ? *)", ", timezone: Europe/Berln"))).toEqual([
      `${A}:1:48 wake.timezone | "Europe/Berln" is not a time zone | Europe/Berlin`,
    ]));
});

describe("a scheduled task takes no", () => {
  test.each<[string, string]>([
    ["ports: [80]", "ports does not apply here: nothing reaches a scheduled task"],
    ["route: /x", "route does not apply here: nothing reaches a scheduled task"],
    ["domain: x.example.com", "domain does not apply here: nothing reaches a scheduled task"],
    ["health: { path: /x }", "health.path does not apply here: nothing reaches a scheduled task"],
    ["scale: { max: 2 }", "scale does not apply here: it belongs to a service that is always on"],
    ["visibility: internal", "visibility does not apply here: it belongs to a service that is always on"],
    ["watchdog: { idle: { for: 5m } }", "a scheduled task ends by itself, and its next run is its schedule's"],
    ["watchdog: { crashLoop: { stops: 3 } }", "a scheduled task ends by itself, and its next run is its schedule's"],
  ])("%s", async (more, expected) => expect(await mistakes(with_(`${more}\n`))).toEqual([expect.stringContaining(expected)]));

  test("compute of its own choice", async () =>
    expect(await mistakes(task("{ schedule: rate(1 hour) }", ""))).toEqual([`${A}:1:1 compute | this key is required | -`]));
});

test("a scheduled task by its defaults, and enabled by environment", async () => {
  const given = "wake: { schedule: rate(5 minutes), enabled: { staging: false } }\nimage: x\ncompute: { on: fargate }\n";
  for (const [environment, enabled] of [
    ["staging", false],
    ["local", true],
  ] as const) {
    const loaded = await load({ "leaves/game.yaml": null, "leaves/report.yaml": given }, { environment });
    expect(loaded).toMatchObject({ ok: true });
    if (!loaded.ok) continue;
    expect(loaded.project.leaves[0]).toMatchObject({
      kind: "task",
      ports: [],
      wake: { schedule: { expressions: ["rate(5 minutes)"], timezone: "UTC", enabled, retries: 2, overlap: "skip", input: { environment: {} } } },
    });
  }
});
