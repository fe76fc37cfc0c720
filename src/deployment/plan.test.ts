import { describe, expect, test } from "vitest";
import { deletionOrder, keyOf } from "./order.ts";
import { droppedExports, plan, strangers, type Step } from "./plan.ts";
import { reduce } from "./reduce.ts";
import { kindOf, NONE } from "./stacks.ts";
import { deployed, IDENTITY, situation, template, wanted } from "./testing.ts";

const TOPIC = { Type: "AWS::SNS::Topic" };
const CLUSTER = { Type: "AWS::ECS::Cluster", Properties: { ClusterName: "arcade-it" } };

/** `delete A B`, `deploy` */
const told = (steps: readonly Step[]): string[] =>
  steps.map((step) => [step.do, ...("stacks" in step ? step.stacks.map((each) => ("stack" in each ? each.stack.name : each.name)) : [])].join(" "));

const base = (exports: string[] = []) => template({ Topic: TOPIC }, { exports });
const leaf = (kind: string, imports: string[] = []) => template({ Topic: TOPIC, Cluster: CLUSTER }, { kind, imports });

describe("a plan", () => {
  test("of a first deployment, and of one that changes no kind, is one step", () => {
    const next = [wanted("Arcade-Base", base()), wanted("Arcade-It", leaf("dns"))];
    expect(told(plan(situation([], next)).steps)).toEqual(["deploy"]);
    expect(told(plan(situation([deployed("Arcade-Base", base()), deployed("Arcade-It", leaf("dns"))], next)).steps)).toEqual(["deploy"]);
  });

  test("of a leaf that changes its kind goes over a stack with what all kinds have", () => {
    const there = ["Arcade-It-Domain", "Arcade-BaseDns", "Arcade-It-StartSystem"].map((name) => deployed(name, template({ Some: TOPIC })));
    const { steps, switches } = plan(
      situation(
        [deployed("Arcade-Base", base()), deployed("Arcade-It", leaf("dns")), ...there],
        [wanted("Arcade-Base", base()), wanted("Arcade-It", leaf("engine"))],
      ),
    );
    expect(told(steps)).toEqual(["delete Arcade-It-StartSystem", "reduce Arcade-It", "delete Arcade-It-Domain Arcade-BaseDns", "deploy"]);
    expect(switches).toEqual([{ stack: "Arcade-It", from: "dns", to: "engine" }]);
  });

  test("goes on where an earlier run stopped: what is reduced is not reduced again, what is deleted is gone", () => {
    const half = deployed("Arcade-It", reduce(leaf("dns")), { status: "UPDATE_COMPLETE" });
    const next = [wanted("Arcade-It", leaf("engine"))];
    expect(told(plan(situation([half, deployed("Arcade-It-Domain", template({}))], next)).steps)).toEqual(["delete Arcade-It-Domain", "deploy"]);
    expect(told(plan(situation([half], next)).steps)).toEqual(["deploy"]);
  });

  test("leaves a stack that never came up to those who deploy: they delete it", () => {
    const failed = deployed("Arcade-It", leaf("dns"), { status: "ROLLBACK_COMPLETE" });
    expect(told(plan(situation([failed], [wanted("Arcade-It", leaf("engine"))])).steps)).toEqual(["deploy"]);
  });

  test("deletes what the files no longer have, and never what is another environment's or nobody's", () => {
    const there = [
      deployed("Arcade-Gone", leaf("dns")),
      deployed("Arcade-Theirs", leaf("dns"), { tags: { "rouse:application": "arcade", "rouse:environment": "staging" } }),
      deployed("Somebodys", leaf("dns"), { tags: {} }),
    ];
    expect(told(plan(situation(there, [wanted("Arcade-Base", base())])).steps)).toEqual(["delete Arcade-Gone", "deploy"]);
  });

  test("deploys a stack before the base when it no longer uses what the base drops, as the last leaf with a route", () => {
    const there = [deployed("Arcade-Base", base(["Vpc", "Listener"])), deployed("Arcade-It", leaf("engine", ["Vpc", "Listener"]))];
    const next = [wanted("Arcade-Base", base(["Vpc"])), wanted("Arcade-It", leaf("engine", ["Vpc"]))];
    expect(droppedExports(there, next)).toEqual([{ name: "Listener", region: "us-west-2" }]);
    expect(told(plan(situation(there, next, { Listener: ["Arcade-It"] })).steps)).toEqual(["deploy-first Arcade-It", "deploy"]);
    // Nobody uses it: nobody has to go first.
    expect(told(plan(situation(there, next)).steps)).toEqual(["deploy"]);
    // It needs what the base does not export yet: it cannot go first.
    const more = [next[0]!, wanted("Arcade-It", leaf("engine", ["Vpc", "New"]))];
    expect(told(plan(situation(there, more, { Listener: ["Arcade-It"] })).steps)).toEqual(["deploy"]);
  });
});

describe("what is left of a leaf between two kinds", () => {
  const full = template(
    {
      Topic: TOPIC,
      Policy: { Type: "AWS::SNS::TopicPolicy", Properties: { Topics: [{ Ref: "Topic" }] } },
      Mail: { Type: "AWS::SNS::Subscription", Properties: { Protocol: "email", TopicArn: { Ref: "Topic" } } },
      Function: { Type: "AWS::Lambda::Function" },
      Calls: { Type: "AWS::SNS::Subscription", Properties: { Protocol: "lambda", Endpoint: { "Fn::GetAtt": ["Function", "Arn"] } } },
      GroupsNestedStackGroupsNestedStackResource1A2B3C4D: { Type: "AWS::CloudFormation::Stack" },
      VolumesNestedStackVolumesNestedStackResource7C654715: {
        Type: "AWS::CloudFormation::Stack",
        Properties: { Parameters: { group: { "Fn::GetAtt": ["GroupsNestedStackGroupsNestedStackResource1A2B3C4D", "Outputs.Group"] } } },
        DependsOn: ["Cluster", "Topic"],
      },
      Cluster: CLUSTER,
    },
    { kind: "dns", exports: ["Something"] },
  );
  const left = reduce(full);

  test("is the topic, its people, the volumes, and what these refer to", () => {
    expect(Object.keys(left.Resources!)).toEqual([
      "Topic",
      "Policy",
      "Mail",
      "GroupsNestedStackGroupsNestedStackResource1A2B3C4D",
      "VolumesNestedStackVolumesNestedStackResource7C654715",
    ]);
  });

  test("depends on nothing that goes, exports nothing, and says that it is of no kind", () => {
    expect(left.Resources!["VolumesNestedStackVolumesNestedStackResource7C654715"]!.DependsOn).toEqual(["Topic"]);
    expect(left.Outputs).toBeUndefined();
    expect(kindOf(left)).toBe(NONE);
    expect(kindOf(full)).toBe("dns");
  });
});

describe("the order of a deletion", () => {
  const order = (...stacks: ReturnType<typeof deployed>[]): string[] => {
    const after = deletionOrder(stacks);
    const gone: string[] = [];
    while (gone.length < stacks.length) {
      // What nobody left has to go before.
      const left = stacks.filter(({ name }) => !gone.includes(name));
      const next = left.find((stack) => !left.some((other) => after.get(keyOf(other))!.includes(stack)));
      if (!next) throw new Error(`a cycle of ${left.map(({ name }) => name).join(", ")}`);
      gone.push(next.name);
    }
    return gone;
  };

  test("is what starts, then leaves, then zones, then what all share", () => {
    const names = ["Arcade-Base", "Arcade-BaseDns", "Arcade-It-Domain", "Arcade-It", "Arcade-Engines", "Arcade-It-StartSystem"];
    const gone = order(...names.map((name) => deployed(name, template({}))));
    expect(gone).toEqual(["Arcade-Engines", "Arcade-It-StartSystem", "Arcade-It", "Arcade-It-Domain", "Arcade-BaseDns", "Arcade-Base"]);
  });

  test("is no cycle for leaves whose names are like those of other stacks", () => {
    const names = ["Arcade-Domain", "Arcade-Domain-Domain", "Arcade-Domain-StartSystem", "Arcade-StartSystem", "Arcade-Base"];
    expect(order(...names.map((name) => deployed(name, template({}))))).toHaveLength(names.length);
  });

  test("follows what uses what before anything else", () => {
    const shared = deployed("Arcade-Anything", template({}, { exports: ["Thing"] }));
    const user = deployed("Arcade-It", template({}, { imports: ["Thing"] }));
    const engines = deployed("Arcade-Engines", template({}, { exports: ["Starter"] }));
    const usesStarter = deployed("Arcade-Zoo", template({}, { imports: ["Starter"] }));
    const gone = order(shared, user, engines, usesStarter);
    expect(gone.indexOf("Arcade-It")).toBeLessThan(gone.indexOf("Arcade-Anything"));
    expect(gone.indexOf("Arcade-Zoo")).toBeLessThan(gone.indexOf("Arcade-Engines"));
  });
});

test("a stack of a wanted name is somebody else's unless it has both tags", () => {
  const there = [
    deployed("Arcade-Base", base()),
    deployed("Arcade-One", base(), { tags: { "rouse:application": "arcade" } }),
    deployed("Arcade-Two", base(), { tags: { "rouse:application": "arcade", "rouse:environment": "staging" } }),
    deployed("Other", base(), { tags: {} }),
  ];
  const next = ["Arcade-Base", "Arcade-One", "Arcade-Two"].map((name) => wanted(name, base()));
  expect(strangers(there, next, IDENTITY).map(({ name }) => name)).toEqual(["Arcade-One", "Arcade-Two"]);
});
