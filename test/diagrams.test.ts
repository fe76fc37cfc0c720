import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { generateDiagrams, withDiagram } from "../scripts/generate-diagrams.ts";

const root = join(import.meta.dirname, "..");
let files: Record<string, string>;
beforeAll(async () => {
  files = await generateDiagrams(root);
}, 120_000);

const NAMES = ["path", "stacks", "engine", "task", "service"];

test.each([...NAMES.flatMap((name) => [`docs/diagrams/${name}.mmd`, `docs/diagrams/${name}.svg`]), "README.md", "docs/engines.md"])(
  "the picture in %s is what the stacks are (else: npm run generate)",
  (path) => {
    expect(Object.keys(files)).toContain(path);
    expect(readFileSync(join(root, path), "utf8")).toBe(files[path]);
  },
);

test.each(NAMES)("%s.svg says what %s.mmd says, and asks for nothing from elsewhere", (name) => {
  const [mermaid, svg] = [files[`docs/diagrams/${name}.mmd`]!, files[`docs/diagrams/${name}.svg`]!];
  const texts = new Set([...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]));
  const said = [...mermaid.matchAll(/"([^"]+)"/g)].flatMap((match) => match[1]!.split("<br/>"));
  const titles = [...texts].join("  ");
  expect(said.filter((each) => !texts.has(each) && !titles.includes(each))).toEqual([]);
  expect(svg.match(/class="edge/g)).toHaveLength(arrowsOf(mermaid).length);
  expect(svg).not.toMatch(/href|<script|<image|url\((?!#)/);
});

describe("a scheduled task's path, and a service's", () => {
  test.each([
    ["task", "its schedule runs it", "Jobs_Report_Ticksrun", "Jobs_Report_ComputeTask"],
    ["task", "its end is told", "Jobs_Report_ComputeTask", "Jobs_Report_Topic"],
    ["service", "a request comes to its task", "browser", "Shop_Orders_ComputeTask"],
    ["service", "a stopped task is told", "Shop_Orders_Service", "Shop_Orders_Topic"],
  ])("%s: %s", (name, _what, from, to) => expect(leads(arrowsOf(files[`docs/diagrams/${name}.mmd`]!), from, to)).toBe(true));
});

/** What the arrows lead from, and to. */
const arrowsOf = (diagram: string): [string, string][] =>
  [...diagram.matchAll(/^ *(\w+) (?:-->|-\.->)(?:\|"[^"|]*"\|)? (\w+)$/gm)].map((match) => [match[1]!, match[2]!]);

/** Whether arrows lead from the one to the other, in any number of steps. */
function leads(arrows: [string, string][], from: string, to: string): boolean {
  const seen = [from];
  for (const node of seen) for (const [source, target] of arrows) if (source === node && !seen.includes(target)) seen.push(target);
  return seen.includes(to);
}

describe("the path", () => {
  const arrows = (): [string, string][] => arrowsOf(files["docs/diagrams/path.mmd"]!);

  test.each([
    ["a query wakes the group", "visitor", "EcsAsg_Group"],
    ["the group's instance runs the task", "EcsAsg_Group", "Container_Task"],
    ["a change of a task ends in the record", "EcsAsg_Service", "Arcade_Hello_Domain_Address"],
    ["a change of the group ends in the record", "AsgStateChangeHook_GroupChanged", "Arcade_Hello_Domain_Address"],
    ["the instance's traffic decides about the group", "metric_AWS_EC2_NetworkIn", "Watchdog_StopWhenIdle"],
    ["a DNS query counts as activity", "Arcade_BaseDns_StartSystemFunction", "metric_Rouse_DnsHits"],
    ["a crash loop stops the group", "Watchdog_TaskStopped", "EcsAsg_Group"],
  ])("%s", (_what, from, to) => expect(leads(arrows(), from, to)).toBe(true));
});

describe("an engine's path", () => {
  const arrows = (): [string, string][] => arrowsOf(files["docs/diagrams/engine.mmd"]!);
  const [task, targets, doorman] = ["Backend_Auth_ComputeTask", "Backend_Auth_TargetsTargetGroup", "Backend_Auth_AtTheDoorDoormanFunction"];

  test.each([
    ["a request to a sleeping engine comes to the doorman", "browser", doorman],
    ["who starts a task", doorman, task],
    ["a change of a task ends in the targets", "Backend_Auth_EngineTaskChanged", targets],
    ["and in the rule", "Backend_Auth_EngineTaskChanged", "Backend_Auth_Rule"],
    ["requests come to the task", targets, task],
    ["an event starts it", "Backend_Engines_StartRequested", task],
    ["a schedule stops it", "Backend_Engines_Schedulesofficestop", "Backend_Auth_EngineReconcileFunction"],
    ["a workflow starts it", "Backend_Engines_WorkflowmonthendMachine", "Backend_Engines_StartEnginesStartFunction"],
    ["the API starts it", "Backend_Engines_HttpApi", "Backend_Engines_StartEnginesStartFunction"],
    ["it is looked at again", "Backend_Auth_EngineChecks", "Backend_Auth_EngineReconcileFunction"],
  ])("%s", (_what, from, to) => expect(leads(arrows(), from, to)).toBe(true));

  test("targets and the rule have one writer", () => {
    const writers = (to: string): string[] => arrows().flatMap(([from, target]) => (target === to && from.endsWith("Function") ? from : []));
    expect(writers(targets)).toEqual(["Backend_Auth_EngineReconcileFunction"]);
    expect(writers("Backend_Auth_Rule")).toEqual(["Backend_Auth_EngineReconcileFunction"]);
  });
});

test.each(NAMES.map((name) => `docs/diagrams/${name}.mmd`))("%s: every line is one that Mermaid knows, and every arrow's ends are drawn", (path) => {
  const lines = files[path]!.trimEnd().split("\n").slice(2);
  const node = /^ *(\w+)(\[\[|\[\(|\(\[|\[)"[^"]+"(\]\]|\)\]|\]\)|\])$/;
  const box = /^ *subgraph (\w+)\["[^"]+"\]$/;
  const drawn = lines.flatMap((line) => node.exec(line)?.[1] ?? box.exec(line)?.[1] ?? []);
  const arrows = arrowsOf(lines.join("\n"));
  const ends = lines.filter((line) => line.trim() === "end").length;
  expect(drawn.length + arrows.length + ends).toBe(lines.length);
  expect(ends).toBe(lines.filter((line) => box.test(line)).length);
  expect(new Set(drawn).size).toBe(drawn.length);
  expect(arrows.flat().filter((end) => !drawn.includes(end))).toEqual([]);
});

test("a README without the picture's place is a mistake, not a README without a picture", () => {
  expect(() => withDiagram("# Rouse\n", "flowchart LR\n")).toThrow("diagram:path");
});
