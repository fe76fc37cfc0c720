import { describe, expect, test } from "vitest";
import { ENGINE } from "../testing/engines.ts";
import { meant, readStarts } from "./request.ts";

const KNOWN = ["auth", "batch", "pdf"];
const GROUP = "arn:aws:elasticloadbalancing:us-west-2:111111111111:targetgroup/other/1";

describe("a start", () => {
  test("is of one service or of several", () => {
    expect(readStarts({ service: "auth" }, KNOWN)).toEqual([{ service: "auth", overrides: {} }]);
    expect(readStarts({ services: ["auth", "pdf", "auth"], waitForHealthy: true }, KNOWN)).toEqual([
      { service: "auth", overrides: { waitForHealthy: true } },
      { service: "pdf", overrides: { waitForHealthy: true } },
    ]);
    expect(readStarts({ services: [{ service: "auth", port: 1 }, "pdf"] }, KNOWN)).toEqual([
      { service: "auth", overrides: { port: 1 } },
      { service: "pdf", overrides: {} },
    ]);
  });
  test.each([
    {
      cluster: "c",
      taskDefinition: "t:1",
      targetGroupArn: GROUP,
      subnets: ["s"],
      securityGroups: ["g"],
      containerName: "n",
      port: 1,
      waitForHealthy: true,
    },
    {
      cluster: "c",
      task_definition: "t:1",
      target_group_arn: GROUP,
      subnets: ["s"],
      security_groups: ["g"],
      container_name: "n",
      port: 1,
      wait_for_healthy: true,
    },
    { cluster: "c", taskDefinition: "t:1", targetGroup: GROUP, subnets: ["s"], securityGroups: ["g"], container: "n", port: 1, waitForHealthy: true },
  ])("may override everything, in either spelling", (changes) => {
    const overrides = {
      cluster: "c",
      taskDefinition: "t:1",
      targetGroup: GROUP,
      subnets: ["s"],
      securityGroups: ["g"],
      container: "n",
      port: 1,
      waitForHealthy: true,
    };
    expect(readStarts({ service: "auth", ...changes }, KNOWN)).toEqual([{ service: "auth", overrides }]);
  });
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["no service", {}, { missing: ["service"], valid: KNOWN }],
    ["an unknown service", { service: "auht" }, { unknown: ["auht"], valid: KNOWN }],
    ["unknown ones among several", { services: ["auth", "x", "y"] }, { unknown: ["x", "y"] }],
    ["no names", { services: [] }, { missing: ["services"] }],
    ["a name that is none", { service: 5 }, { missing: ["service"] }],
    ["one service and several", { service: "auth", services: ["pdf"] }, { error: "service and services exclude each other" }],
    ["unknown keys", { service: "auth", subnet: "s", prot: 1 }, { unknown: ["subnet", "prot"], valid: expect.arrayContaining(["subnets", "port"]) }],
    ["a key of Object's", { service: "auth", constructor: 1 }, { unknown: ["constructor"] }],
    ["a port that is none", { service: "auth", port: "8080" }, { invalid: ["port"], error: "port must be a number from 1 to 65535" }],
    ["subnets that are no list", { service: "auth", subnets: "s" }, { invalid: ["subnets"] }],
  ])("with %s is answered with what is wrong", (_what, request, body) => {
    expect(readStarts(request, KNOWN)).toMatchObject({ statusCode: 400, body });
  });
});

describe("an override", () => {
  test("of nothing changes nothing", () => expect(meant(ENGINE, { waitForHealthy: true })).toEqual({ engine: ENGINE, registers: false }));
  test("of subnets is RunTask's affair", () => {
    expect(meant(ENGINE, { subnets: ["s"] })).toEqual({ engine: { ...ENGINE, subnets: ["s"] }, registers: false });
  });
  test("of the port is told to the reconcile function, by the task", () => {
    expect(meant(ENGINE, { port: 9, container: "side" })).toMatchObject({ tag: { port: 9, container: "side" }, registers: false });
  });
  test("of the target group is registered by the start", () => {
    expect(meant(ENGINE, { targetGroup: GROUP })).toMatchObject({ tag: { elsewhere: true }, registers: true });
  });
  test.each([{ cluster: "other" }, { taskDefinition: "other:1" }])("of where it runs leaves the engine's reconcile function out of it", (changes) => {
    expect(meant(ENGINE, changes)).toEqual({ engine: { ...ENGINE, ...changes }, registers: true });
  });
  test.each([{ cluster: "arn:aws:ecs:us-west-2:111111111111:cluster/arcade-auth" }, { taskDefinition: "arcade-auth:2" }])(
    "that is the engine's own is none",
    (changes) => expect(meant(ENGINE, changes).registers).toBe(false),
  );
});
