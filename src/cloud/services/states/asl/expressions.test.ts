import { expect, test } from "vitest";
import { applies } from "./choice.ts";
import { transform } from "./jsonata.ts";
import type { Scope } from "./scope.ts";
import { evaluatePath, fill } from "./template.ts";
import type { ChoiceRule, Json } from "./types.ts";

const scope = (input: Json, more: Partial<Scope> = {}): Scope => ({
  input,
  context: { Execution: { Name: "e" } },
  variables: { v: { n: 5 } },
  chance: { uuid: () => "the-uuid", fraction: () => 0.5, now: () => Date.UTC(2026, 0, 5) },
  ...more,
});
const INPUT = { name: "Foo", n: 3, list: [1, 2, 2, 3, 4], text: '{"a":1}', nested: { x: [1] } };

// The examples of the Developer Guide, "Intrinsic functions for JSONPath states in Step Functions".
test.each<[string, Json]>([
  ["States.Format('Hello, my name is {}, {}.', $.name, $.n)", "Hello, my name is Foo, 3."],
  [String.raw`States.Format('\{\} it\'s {}', 'x')`, "{} it's x"],
  ["States.StringToJson($.text)", { a: 1 }],
  ["States.JsonToString($.nested)", '{"x":[1]}'],
  ["States.Array('Foo', 2020, $.nested, null, true)", ["Foo", 2020, { x: [1] }, null, true]],
  ["States.ArrayPartition($.list, 4)", [[1, 2, 2, 3], [4]]],
  ["States.ArrayContains($.list, 3)", true],
  ["States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]],
  ["States.ArrayGetItem($.list, 4)", 4],
  ["States.ArrayLength($.list)", 5],
  ["States.ArrayUnique($.list)", [1, 2, 3, 4]],
  ["States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="],
  ["States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"],
  ["States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"],
  ["States.JsonMerge($.nested, States.StringToJson('{\"y\":2}'), false)", { x: [1], y: 2 }],
  ["States.MathRandom(1, 999)", 500],
  ["States.MathAdd($.n, -1)", 2],
  ["States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]],
  ["States.UUID()", "the-uuid"],
  ["States.MathAdd(States.ArrayLength($.list), $v.n)", 10],
  ["$$.Execution.Name", "e"],
])("%s", (text, value) => {
  expect(evaluatePath(text, scope(INPUT), "x.$")).toEqual(value);
});

test.each(["States.ArrayGetItem($.list, 9)", "States.Format('{}')", "States.StringToJson('{')", "States.JsonMerge($.nested, $.nested, true)"])(
  "%s fails as an intrinsic function",
  (text) => expect(() => evaluatePath(text, scope(INPUT), "x.$")).toThrow(expect.objectContaining({ error: "States.IntrinsicFailure" })),
);

test("a template fills fields that end in .$, at any depth, and leaves the others", () => {
  const template = { "a.$": "$.n", b: { "c.$": "$.nested.x[0]", d: "$.n" }, e: [{ "f.$": "$.name" }] };
  expect(fill(template, scope(INPUT))).toEqual({ a: 3, b: { c: 1, d: "$.n" }, e: [{ f: "Foo" }] });
  expect(() => fill({ "a.$": "$.none" }, scope(INPUT))).toThrow(expect.objectContaining({ error: "States.ParameterPathFailure" }));
});

const DATA = { s: "log-1.txt", n: 5, b: true, z: null, t: "2026-01-05T00:00:00Z", other: 7 };
test.each<[ChoiceRule, boolean]>([
  [{ Variable: "$.s", StringEquals: "log-1.txt" }, true],
  [{ Variable: "$.s", StringLessThan: "m" }, true],
  [{ Variable: "$.s", StringMatches: "log-*.txt" }, true],
  [{ Variable: "$.s", StringMatches: String.raw`log-\*.txt` }, false],
  [{ Variable: "$.n", NumericGreaterThanEquals: 5 }, true],
  [{ Variable: "$.n", NumericLessThanPath: "$.other" }, true],
  [{ Variable: "$.s", NumericEquals: 5 }, false],
  [{ Variable: "$.b", BooleanEquals: true }, true],
  [{ Variable: "$.t", TimestampGreaterThan: "2026-01-04T23:59:59+00:00" }, true],
  [{ Variable: "$.z", IsNull: true }, true],
  [{ Variable: "$.none", IsPresent: false }, true],
  [{ Variable: "$.t", IsTimestamp: true }, true],
  [{ Variable: "$.n", IsString: false }, true],
  [{ Variable: "$v.n", NumericEquals: 5 }, true],
  [{ Not: { Variable: "$.b", BooleanEquals: true } }, false],
  [
    {
      And: [
        { Variable: "$.b", IsBoolean: true },
        {
          Or: [
            { Variable: "$.n", NumericEquals: 1 },
            { Variable: "$.n", IsNumeric: true },
          ],
        },
      ],
    },
    true,
  ],
])("the rule %j is %j", (rule, holds) => {
  expect(applies(rule, scope(DATA))).toBe(holds);
});

test("a rule about what is not there fails", () => {
  expect(() => applies({ Variable: "$.none", StringEquals: "x" }, scope(DATA))).toThrow(/Invalid path '\$\.none'/);
});

test.each<[string, Json]>([
  ["{% $states.input.n + $v.n %}", 8],
  ["{% $states.context.Execution.Name %}", "e"],
  ["{% $states.input.list[$ > 2] %}", [3, 4]],
  ["{% $uuid() %}", "the-uuid"],
  ["{% $random() %}", 0.5],
  ["{% $now() %}", "2026-01-05T00:00:00.000Z"],
  ["{% $millis() %}", Date.UTC(2026, 0, 5)],
  ["{% $parse($states.input.text).a %}", 1],
  ["{% $partition([1,2,3], 2) %}", [[1, 2], [3]]],
  ["{% $range(0, 4, 2) %}", [0, 2, 4]],
  ["{% $hash('input data', 'SHA-1') %}", "aaff4a450a104cd177d28d18d74485e8cae074b7"],
  ["no expression", "no expression"],
])("%s", async (text, value) => {
  expect(await transform(text, scope(INPUT), "Output")).toEqual(value);
});

test.each(["{% $states.input.none %}", "{% $eval('1') %}", "{% 1 + 'a' %}"])("%s fails, and says where", async (text) => {
  await expect(transform({ a: text }, scope(INPUT), "Output")).rejects.toMatchObject({
    error: "States.QueryEvaluationError",
    cause_: expect.stringContaining("'Output/a'") as string,
  });
});
