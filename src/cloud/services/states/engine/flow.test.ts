import { beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../asl/types.ts";
import { answerOf, chain, FUNCTION, statesAlone } from "../testing.ts";

let alone: ReturnType<typeof statesAlone>;
beforeEach(() => {
  alone = statesAlone();
  alone.answers["lambda:Invoke"] = (input: { Payload: Uint8Array }) => answerOf({ got: JSON.parse(Buffer.from(input.Payload).toString()) as Json });
});

const output = async (states: Record<string, object>, input: Json = {}, more: object = {}): Promise<unknown> => {
  const found = await alone.run(chain(states, more), input);
  expect(found, JSON.stringify(found)).toMatchObject({ status: "SUCCEEDED" });
  return found.output;
};

describe("data in JSONPath", () => {
  test("goes through InputPath, Parameters, ResultSelector, ResultPath and OutputPath", async () => {
    const T = {
      Type: "Task",
      Resource: FUNCTION,
      InputPath: "$.lambda",
      Parameters: { "who.$": "$.who", fixed: 1 },
      ResultSelector: { "r.$": "$.got.who" },
      ResultPath: "$.data.result",
      OutputPath: "$.data",
    };
    // The Developer Guide's example: the result joins the raw input.
    expect(await output({ T }, { data: { v: 1 }, lambda: { who: "me" } })).toEqual({ v: 1, result: { r: "me" } });
  });

  test("of a Pass state, with nulls", async () => {
    expect(await output({ P: { Type: "Pass", Result: { a: 1 }, ResultPath: "$.x" } }, { y: 2 })).toEqual({ y: 2, x: { a: 1 } });
    expect(await output({ P: { Type: "Pass", Result: 1, ResultPath: null } }, { y: 2 })).toEqual({ y: 2 });
    expect(await output({ P: { Type: "Pass", OutputPath: null } }, { y: 2 })).toEqual({});
    expect(await output({ P: { Type: "Pass", InputPath: null } }, { y: 2 })).toEqual({});
  });

  test("variables are seen by later states, and change all at once", async () => {
    const states = {
      A: { Type: "Pass", Assign: { n: 1, "all.$": "$" } },
      B: { Type: "Pass", Assign: { "n.$": "States.MathAdd($n, 1)", "old.$": "$n" } },
      C: { Type: "Task", Resource: FUNCTION, Assign: { "task.$": "$.got" }, ResultPath: null },
      D: { Type: "Pass", Parameters: { "n.$": "$n", "old.$": "$old", "all.$": "$all.x", "task.$": "$task" } },
    };
    expect(await output(states, { x: 7 })).toEqual({ n: 2, old: 1, all: 7, task: { x: 7 } });
  });
});

describe("data in JSONata", () => {
  test("goes through Arguments, Output and Assign", async () => {
    const states = {
      T: {
        Type: "Task",
        Resource: FUNCTION,
        Arguments: { who: "{% $uppercase($states.input.who) %}" },
        Assign: { seen: "{% $states.result.got.who %}" },
        Output: "{% $merge([$states.input, { 'r': $states.result.got }]) %}",
      },
      W: { Type: "Wait", Seconds: "{% $states.input.pause %}" },
      P: { Type: "Pass", Output: { seen: "{% $seen %}", input: "{% $states.input.r %}" } },
    };
    expect(await output(states, { who: "me", pause: 3 }, { QueryLanguage: "JSONata" })).toEqual({ seen: "ME", input: { who: "ME" } });
  });

  test("chooses, maps and fails", async () => {
    const double = { ...chain({ D: { Type: "Pass", Output: "{% $states.input.v * 2 %}" } }), ProcessorConfig: { Mode: "INLINE" } };
    const states = {
      M: {
        Type: "Map",
        Items: "{% $states.input.list %}",
        ItemSelector: { v: "{% $states.context.Map.Item.Value + $states.context.Map.Item.Index %}" },
        ItemProcessor: double,
        Next: "C",
      },
      C: { Type: "Choice", Choices: [{ Condition: "{% $sum($states.input) > 10 %}", Next: "F", Output: "{% $sum($states.input) %}" }], Default: "S" },
      F: { Type: "Fail", Error: "{% 'Sum' & $states.input %}", Cause: "too much" },
      S: { Type: "Succeed" },
    };
    expect(await output(states, { list: [1, 2] }, { QueryLanguage: "JSONata" })).toEqual([2, 6]);
    expect(await alone.run(chain(states, { QueryLanguage: "JSONata" }), { list: [3, 4] })).toMatchObject({
      status: "FAILED",
      error: "Sum16",
      cause: "too much",
    });
  });

  test("an expression that gives nothing is an error that can be caught", async () => {
    const Catch = [{ ErrorEquals: ["States.QueryEvaluationError"], Next: "P", Assign: { what: "{% $states.errorOutput.Error %}" } }];
    const states = {
      T: { Type: "Task", Resource: FUNCTION, Arguments: "{% $states.input.none %}", Catch, Next: "P" },
      P: { Type: "Pass", Output: "{% $what %}" },
    };
    const { output: found, executionArn } = await alone.run(chain(states, { QueryLanguage: "JSONata" }));
    expect(found).toBe("States.QueryEvaluationError");
    expect(await alone.types(executionArn)).toContain("EvaluationFailed");
  });
});

describe("Choice", () => {
  test("takes the first rule that applies, or the default, or fails", async () => {
    const choice = (more: object): Record<string, object> => ({
      C: { Type: "Choice", Choices: [{ Variable: "$.n", NumericGreaterThan: 5, Next: "Big", Assign: { "was.$": "$.n" } }], ...more },
      Big: { Type: "Pass", Parameters: { "was.$": "$was" }, Next: "End" },
      Small: { Type: "Pass", Result: "small", Next: "End" },
      End: { Type: "Succeed" },
    });
    expect(await output(choice({ Default: "Small" }), { n: 6 })).toEqual({ was: 6 });
    expect(await output(choice({ Default: "Small" }), { n: 5 })).toBe("small");
    expect(await alone.run(chain(choice({})), { n: 5 })).toMatchObject({ status: "FAILED", error: "States.NoChoiceMatched" });
  });
});

describe("Wait", () => {
  test("until a time, or for seconds that the input says", async () => {
    const at = new Date(alone.clock.now() + 20_000).toISOString();
    const arn = await alone.create(chain({ A: { Type: "Wait", TimestampPath: "$.at" }, B: { Type: "Wait", SecondsPath: "$.s" } }));
    const executionArn = await alone.start(arn, { at, s: 5 });
    await alone.clock.advance(24_000);
    expect(await alone.describe(executionArn)).toMatchObject({ status: "RUNNING" });
    await alone.clock.advance(1000);
    expect(await alone.describe(executionArn)).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("Parallel", () => {
  const branch = (seconds: number, state: object): object => chain({ [`W${seconds}`]: { Type: "Wait", Seconds: seconds }, [`E${seconds}`]: state });

  test("gives the list of its branches' outputs, and takes as long as the longest", async () => {
    const P = { Type: "Parallel", Branches: [branch(5, { Type: "Pass", Result: 1 }), branch(2, { Type: "Pass", Result: 2 })], ResultPath: "$.both" };
    const arn = await alone.create(chain({ P }));
    const executionArn = await alone.start(arn, { x: 0 });
    await alone.clock.advance(5000);
    expect(await alone.describe(executionArn)).toMatchObject({ status: "SUCCEEDED", output: { x: 0, both: [1, 2] } });
  });

  test("ends with the first branch that fails, can be tried again, and tells of what it stopped", async () => {
    const Branches = [branch(1, { Type: "Fail", Error: "E", Cause: "c" }), branch(30, { Type: "Pass" })];
    const P = {
      Type: "Parallel",
      Branches,
      Retry: [{ ErrorEquals: ["E"], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "End" }],
      Next: "End",
    };
    const { executionArn, output: found } = await alone.run(chain({ P, End: { Type: "Succeed" } }));
    expect(found).toEqual({ Error: "E", Cause: "c" });
    const types = await alone.types(executionArn);
    expect(types.filter((type) => type === "WaitStateAborted")).toHaveLength(2);
    expect(types.filter((type) => type === "ParallelStateFailed")).toHaveLength(2);
  });
});

describe("Map", () => {
  test("runs the processor for each item, at most so many at once", async () => {
    let now = 0;
    let most = 0;
    alone.answers["lambda:Invoke"] = async (input: { Payload: Uint8Array }) => {
      most = Math.max(most, ++now);
      await alone.clock.sleep(1000);
      now--;
      return answerOf(JSON.parse(Buffer.from(input.Payload).toString()) as Json);
    };
    const M = {
      Type: "Map",
      ItemsPath: "$.items",
      MaxConcurrency: 2,
      ItemSelector: { "v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "x.$": "$.x" },
      ItemProcessor: chain({ T: { Type: "Task", Resource: FUNCTION } }),
      ResultPath: "$.out",
    };
    expect(await output({ M }, { items: ["a", "b", "c"], x: 1 })).toEqual({
      items: ["a", "b", "c"],
      x: 1,
      out: [
        { v: "a", i: 0, x: 1 },
        { v: "b", i: 1, x: 1 },
        { v: "c", i: 2, x: 1 },
      ],
    });
    expect(most).toBe(2);
  });

  test("with the old Iterator; its iterations are told of; an item's error is the Map's", async () => {
    const M = {
      Type: "Map",
      Iterator: chain({
        C: { Type: "Choice", Choices: [{ Variable: "$", NumericEquals: 2, Next: "F" }], Default: "S" },
        F: { Type: "Fail", Error: "Two" },
        S: { Type: "Succeed" },
      }),
    };
    const { executionArn, error } = await alone.run(chain({ M }), [1, 2]);
    expect(error).toBe("Two");
    expect(await alone.types(executionArn)).toEqual(
      expect.arrayContaining(["MapStateStarted", "MapIterationSucceeded", "MapIterationFailed", "MapStateFailed"]),
    );
    expect(await alone.run(chain({ M }), { no: "list" })).toMatchObject({ error: "States.Runtime" });
  });
});

test("a wide Map says nothing on standard error, and leaves no timer behind", async () => {
  alone.answers["lambda:Invoke"] = async () => {
    await alone.clock.sleep(10);
    return answerOf(1);
  };
  const warnings: string[] = [];
  const hear = (warning: Error): void => void warnings.push(warning.name);
  process.on("warning", hear);
  const M = { Type: "Map", ItemProcessor: chain({ T: { Type: "Task", Resource: FUNCTION, TimeoutSeconds: 9999 } }) };
  expect(
    await output(
      { M },
      Array.from({ length: 100 }, () => 0),
    ),
  ).toHaveLength(100);
  process.off("warning", hear);
  expect(warnings).toEqual([]);
  expect(alone.clock.pending).toBe(0);
});
