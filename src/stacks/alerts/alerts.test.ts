import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { OCCASIONS } from "../../config/alerts-schema.ts";
import type { Project } from "../../config/schema.ts";
import type { Occasion } from "../../functions/shared/notice.ts";
import { everyChannel, testLeaf, testProject, testTask } from "../testing.ts";
import { type Json, onlyOf, propertiesOf, synthesizeTemplates, type Template } from "../testing-templates.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-alerts-"));
afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;
const templatesOf = (project: Project): Record<string, Template> => synthesizeTemplates(folder, `out-${runs++}`, project);
const NOBODY = { email: [] };
const withBase = (alerts: Project["base"]["alerts"], more: Partial<Project["base"]> = {}): Project => {
  const project = testProject([testLeaf("hello", { alerts: NOBODY })]);
  return { ...project, base: { ...project.base, alerts, ...more } };
};
const functionsOf = (template: Template | undefined): string[] =>
  propertiesOf(template, "AWS::Lambda::Function").map(({ FunctionName }: Json) => FunctionName);

test("what the configuration calls an occasion is one, and none is missing", () => {
  const all: Record<Exclude<Occasion, "test">, true> = {
    starting: true,
    ready: true,
    stopped: true,
    "left-up": true,
    crashed: true,
    "run-failed": true,
    unplaced: true,
    "deployment-failed": true,
  };
  expect([...OCCASIONS].toSorted()).toEqual(Object.keys(all).toSorted());
});

test("where nobody is told, there is nothing that tells", () => {
  const all = templatesOf(withBase(NOBODY));
  expect(functionsOf(all["Arcade-Base"])).toEqual([]);
  expect(propertiesOf(all["Arcade-Base"], "AWS::SNS::Subscription")).toEqual([]);
  expect(propertiesOf(all["Arcade-BaseDns"], "AWS::Events::Rule")).toEqual([]);
});

test("mails need no function; of deployments one tells, from both regions", () => {
  const all = templatesOf(withBase({ email: ["admin@example.com", { address: "night@example.com", on: ["crashed"] }] }));
  expect(functionsOf(all["Arcade-Base"])).toEqual(["arcade-watch-stacks"]);
  expect(propertiesOf(all["Arcade-Base"], "AWS::SNS::Subscription").map(({ Endpoint, FilterPolicy }: Json) => [Endpoint, FilterPolicy])).toEqual([
    ["admin@example.com", undefined],
    ["night@example.com", { occasion: ["crashed", "test"] }],
  ]);
  const rule = onlyOf(all["Arcade-Base"], "AWS::Events::Rule");
  expect(rule.EventPattern.detail["stack-id"].map(({ prefix }: Json) => JSON.stringify(prefix))).toEqual([
    expect.stringMatching(/cloudformation:us-west-2:222222222222:stack\/Arcade-"/),
    expect.stringMatching(/cloudformation:us-east-1:222222222222:stack\/Arcade-"/),
  ]);
  const [{ Arn }] = onlyOf(all["Arcade-BaseDns"], "AWS::Events::Rule").Targets;
  expect(JSON.stringify(Arn)).toContain(":events:us-west-2:222222222222:event-bus/default");
  const inOneRegion = templatesOf(withBase({ email: ["admin@example.com"] }, { region: "us-east-1" }));
  expect(propertiesOf(inOneRegion["Arcade-BaseDns"], "AWS::Events::Rule")).toEqual([]);
});

test("who hears of no deployment needs nothing that tells of them", () => {
  expect(functionsOf(templatesOf(withBase({ email: [{ address: "a@example.com", on: ["ready"] }] }))["Arcade-Base"])).toEqual([]);
});

test("channels of the base and of leaves are one function's, whose lists hold no secret and whose role reads these and no others", () => {
  const slack = [{ parameter: "/alerts/friends", on: ["ready" as const] }];
  const project = testProject([testLeaf("hello", { alerts: { email: [], slack } }), testTask("report", { alerts: NOBODY })]);
  const all = templatesOf({ ...project, base: { ...project.base, alerts: everyChannel() } });
  const base = all["Arcade-Base"];
  expect(functionsOf(base)).toEqual(["arcade-notify", "arcade-watch-stacks"]);
  const lists = Object.fromEntries(propertiesOf(base, "AWS::SSM::Parameter").map(({ Name, Value }: Json) => [Name, JSON.parse(Value)]));
  expect(lists).toEqual({
    "/rouse/arcade/prod/alerts": [
      { kind: "discord", secret: { parameter: "/alerts/discord" }, on: ["ready"] },
      { kind: "slack", secret: { secret: "alerts/slack", key: "url" } },
      { kind: "webhook", url: "https://example.com/hook", secret: { parameter: "arn:aws:ssm:us-west-2:222222222222:parameter/alerts/signing" } },
    ],
    "/rouse/arcade/prod/alerts/hello": [{ kind: "slack", secret: { parameter: "/alerts/friends" }, on: ["ready"] }],
  });
  const role = propertiesOf(base, "AWS::IAM::Role").find(({ Policies }: Json) => JSON.stringify(Policies).includes("WhomToTell"));
  const may = Object.fromEntries(
    role.Policies[0].PolicyDocument.Statement.map(({ Sid, Resource }: Json) => [
      Sid,
      [Resource].flat().map((each: Json) =>
        JSON.stringify(each)
          .replace(/.*:222222222222:|".*/g, "")
          .replace(/"\]\]\}$/, ""),
      ),
    ]),
  );
  expect(may).toMatchObject({
    ReadParameters: expect.arrayContaining(["parameter/alerts/discord", "parameter/alerts/signing", "parameter/alerts/friends"]),
    ReadSecrets: ["secret:alerts/slack-??????"],
    DecryptSecrets: ["key/12345678-1234-1234-1234-123456789012"],
    WhomToTell: ["parameter/rouse/arcade/prod/alerts", "parameter/rouse/arcade/prod/alerts/*"],
  });
  // Nothing outside Base refers to it: it may come and go.
  const others = Object.entries(all).filter(([name]) => name !== "Arcade-Base");
  expect(JSON.stringify(others)).not.toContain("notify");
  expect(JSON.stringify(base!.Outputs)).not.toContain("Notify");
});

test("more channels, or more secrets, than fit are told of", () => {
  const long = (index: number) => `/alerts/${"x".repeat(400)}-${index}`;
  const slack = Array.from({ length: 10 }, (_, index) => ({ parameter: long(index) }));
  expect(() => templatesOf(withBase({ email: [], slack }))).toThrow("alerts of rouse.yaml: more channels than fit into a parameter");
  const leaves = Array.from({ length: 30 }, (_, index) => testLeaf(`leaf-${index}`, { alerts: { email: [], slack: [{ parameter: long(index) }] } }));
  expect(() => templatesOf(testProject(leaves))).toThrow("30 secrets are more than one function may be allowed to read");
});
