import { describe, expect, test } from "vitest";
import { resourceGraph, reversed, runGraph, type Graph } from "./graph.ts";
import type { ResourceDefinition, Template } from "./types.ts";

const graphOf = (resources: Record<string, Omit<ResourceDefinition, "Type">>): Graph => {
  const Resources = Object.fromEntries(Object.entries(resources).map(([id, rest]) => [id, { Type: "T", ...rest }]));
  const template: Template = { Resources };
  return resourceGraph(template, new Set(Object.keys(Resources)));
};
const plain = (graph: Graph): Record<string, string[]> => Object.fromEntries([...graph].map(([id, needs]) => [id, [...needs].sort()]));

describe("resourceGraph", () => {
  test("follows Ref, GetAtt, Sub and DependsOn, and leaves parameters out", () => {
    const graph = graphOf({
      A: {},
      B: { DependsOn: "A", Properties: { P: { Ref: "Parameter" } } },
      C: { Properties: { X: { "Fn::Sub": "${A.Arn}-${B}" } } },
      D: { Properties: { X: [{ y: { "Fn::GetAtt": ["C", "Arn"] } }] } },
    });
    expect(plain(graph)).toEqual({ A: [], B: ["A"], C: ["A", "B"], D: ["C"] });
    expect(plain(reversed(graph))).toEqual({ A: ["B", "C"], B: ["C"], C: ["D"], D: [] });
  });

  test("names every resource on a cycle, and none beside it", () => {
    const cycle = {
      A: { Properties: { X: { Ref: "B" } } },
      B: { DependsOn: "C" },
      C: { DependsOn: ["A", "Before"] },
      Before: {},
      After: { DependsOn: "A" },
    };
    expect(() => graphOf(cycle)).toThrow("Circular dependency between resources: [A, B, C]");
  });

  test("a resource that needs itself is a cycle", () => {
    expect(() => graphOf({ A: { DependsOn: "A" } })).toThrow("Circular dependency between resources: [A]");
  });
});

describe("runGraph", () => {
  const graph: Graph = new Map([
    ["a", new Set<string>()],
    ["b", new Set<string>()],
    ["c", new Set(["a", "b"])],
    ["d", new Set(["c"])],
  ]);

  test("runs what is independent side by side and the rest after what it needs", async () => {
    const log: string[] = [];
    const release: Record<string, () => void> = {};
    const run = runGraph(graph, async (id) => {
      log.push(`start ${id}`);
      await new Promise<void>((resolve) => (release[id] = resolve));
      log.push(`end ${id}`);
    });
    const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await tick();
    expect(log).toEqual(["start a", "start b"]);
    release["b"]!();
    await tick();
    expect(log).toEqual(["start a", "start b", "end b"]);
    release["a"]!();
    await tick();
    release["c"]!();
    await tick();
    release["d"]!();
    await run;
    expect(log.slice(3)).toEqual(["end a", "start c", "end c", "start d", "end d"]);
  });

  test("starts nothing new after a failure, and tells which failed", async () => {
    const ran: string[] = [];
    const failures = await runGraph(graph, async (id) => {
      ran.push(id);
      if (id === "a") throw new Error("no");
    });
    expect([...failures.keys()]).toEqual(["a"]);
    expect(ran).toEqual(["a", "b"]);
  });

  test("keeps going with what does not need the failed one, when asked to", async () => {
    const wide: Graph = new Map([...graph, ["e", new Set(["b"])]]);
    const ran: string[] = [];
    await runGraph(
      wide,
      async (id) => {
        ran.push(id);
        if (id === "a") throw new Error("no");
      },
      { keepGoing: true },
    );
    expect(ran.sort()).toEqual(["a", "b", "e"]);
  });
});
