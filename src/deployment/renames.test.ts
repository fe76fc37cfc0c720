import { expect, test } from "vitest";
import { plan, type Step } from "./plan.ts";
import { withoutName } from "./reduce.ts";
import { DNS_REGION } from "../stacks/names.ts";
import { deployed, situation, template, wanted } from "./testing.ts";
import type { Resource } from "./template.ts";

const record = (name: string): Resource => ({ Type: "AWS::Route53::RecordSet", Properties: { Type: "A", Name: `${name}.` } });
const zone: Resource = { Type: "AWS::Route53::HostedZone" };
const own = (name: string) => template({ Zone: zone, Address: record(name) });
const shared = (name: string) => template({ Address: record(name) }, { imports: ["Zone"] });

const [HOOK, ECS, WATCHDOG] = ["AsgStateChangeHook", "EcsAsg", "Watchdog"].map((name) => `${name}NestedStack${name}NestedStackResource0A1B2C3D`) as [
  string,
  string,
  string,
];
const nested = (more: object = {}): Resource => ({ Type: "AWS::CloudFormation::Stack", ...more });
const leaf = template(
  {
    Topic: { Type: "AWS::SNS::Topic" },
    Volumes: nested(),
    Reader: { Type: "Custom::CrossRegionExportReader" },
    [HOOK]: nested({ Properties: { Parameters: { zone: { "Fn::GetAtt": ["Reader", "Zone"] } } } }),
    [ECS]: nested({ DependsOn: [HOOK], Properties: { Parameters: { volume: { "Fn::GetAtt": ["Volumes", "Outputs.Id"] } } } }),
    [WATCHDOG]: nested({ DependsOn: [ECS] }),
    Dashboard: nested({ Properties: { Parameters: { alarm: { "Fn::GetAtt": [WATCHDOG, "Outputs.Alarm"] } } } }),
  },
  { kind: "dns" },
);

const east = { region: DNS_REGION };
const there = (domain: ReturnType<typeof own>, more: { leaf?: typeof leaf } = {}) => [
  deployed("Arcade-BaseDns", template({}, { exports: ["Zone"] }), east),
  deployed("Arcade-It", more.leaf ?? leaf),
  deployed("Arcade-It-Domain", domain, east),
  deployed("Arcade-It-StartSystem", template({}), east),
];
const next = (domain: ReturnType<typeof own>) => [
  wanted("Arcade-BaseDns", template({}, { exports: ["Zone"] }), east),
  wanted("Arcade-It", leaf),
  wanted("Arcade-It-Domain", domain, east),
  wanted("Arcade-It-StartSystem", template({}), east),
];
const told = (steps: readonly Step[]): string[] =>
  steps.map((step) => [step.do, ...("stacks" in step ? step.stacks.map((each) => ("stack" in each ? each.stack.name : each.name)) : [])].join(" "));

test.each([
  ["the name", own("it.example.com"), shared("it.arcade.example.com"), "it.example.com", "it.arcade.example.com"],
  [
    "the zone alone",
    shared("mc.games.example.com"),
    own("mc.games.example.com"),
    "mc.games.example.com in the zone that leaves share",
    "mc.games.example.com in a zone of its own",
  ],
])("where a leaf changes %s, what wakes it goes, then its group and its function, then its name", (_what, before, after, from, to) => {
  const { steps, renames, orphans } = plan(situation(there(before), next(after)));
  expect(told(steps)).toEqual(["delete Arcade-It-StartSystem", "reduce Arcade-It", "delete Arcade-It-Domain", "deploy"]);
  expect(renames).toEqual([{ stack: "Arcade-It", from, to }]);
  expect(orphans).toEqual([]);
});

test("a leaf that keeps its name and its zone is left alone", () => {
  expect(told(plan(situation(there(own("it.example.com")), next(own("it.example.com")))).steps)).toEqual(["deploy"]);
});

test("a run that stopped between the steps is carried on", () => {
  const half = withoutName(leaf)!;
  expect(Object.keys(half.Resources!)).toEqual(["Topic", "Volumes"]);
  expect(withoutName(half)).toBeUndefined();
  const left = there(own("it.example.com"), { leaf: half }).filter(({ name }) => name !== "Arcade-It-StartSystem");
  expect(told(plan(situation(left, next(shared("it.arcade.example.com")))).steps)).toEqual(["delete Arcade-It-Domain", "deploy"]);
  const without = left.filter(({ name }) => name !== "Arcade-It-Domain");
  expect(told(plan(situation(without, next(shared("it.arcade.example.com")))).steps)).toEqual(["deploy"]);
});

test("who leaves the shared zone is not asked to go first, as it is made anew", () => {
  const importers = { Zone: ["Arcade-It-Domain"] };
  expect(told(plan(situation(there(shared("it.arcade.example.com")), next(own("it.example.com")), importers)).steps)).toEqual([
    "delete Arcade-It-StartSystem",
    "reduce Arcade-It",
    "delete Arcade-It-Domain",
    "deploy",
  ]);
});
