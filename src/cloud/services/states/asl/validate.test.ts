import { expect, test } from "vitest";
import { answerOf, chain, FUNCTION, statesAlone } from "../testing.ts";
import { problemText, readDefinition } from "./validate.ts";

const problems = (definition: unknown): string => {
  const found = readDefinition(typeof definition === "string" ? definition : JSON.stringify(definition)).problems;
  return found.length > 0 ? problemText(found) : "";
};
const one = (state: object): object => ({ StartAt: "S", States: { S: state, End: { Type: "Succeed" } } });
const task = { Type: "Task", Resource: FUNCTION, End: true };

test.each<[string, unknown, string]>([
  ["no JSON", "{", "INVALID_JSON_DESCRIPTION"],
  ["a missing target", one({ Type: "Pass", Next: "Nowhere" }), "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at /States/S/Next"],
  ["a missing start", { StartAt: "X", States: { S: { Type: "Succeed" } } }, "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /StartAt"],
  ["neither Next nor End", one({ Type: "Pass" }), "'Next' or 'End' is required but was missing at /States/S"],
  ["an unknown member", one({ ...task, Foo: 1 }), "Field 'Foo' is not supported for Task states in JSONPath at /States/S/Foo"],
  ["an unknown type", one({ Type: "Loop", End: true }), "Value is not valid: Loop"],
  ["a bad path", one({ ...task, InputPath: "x" }), "at /States/S/InputPath"],
  ["a bad path in a template", one({ ...task, Parameters: { a: { "b.$": "x" } } }), "at /States/S/Parameters/a/b.$"],
  ["an unknown intrinsic function", one({ ...task, Parameters: { "b.$": "States.Foo()" } }), "there is no intrinsic function States.Foo"],
  ["a bad expression", one({ ...task, QueryLanguage: "JSONata", Output: "{% 1 + %}" }), "at /States/S/Output"],
  ["JSONPath members in JSONata", one({ ...task, QueryLanguage: "JSONata", Parameters: {} }), "Field 'Parameters' is not supported"],
  [
    "a choice without an operator",
    one({ Type: "Choice", Choices: [{ Variable: "$.x", Next: "End" }] }),
    "exactly one operator, not 0 at /States/S/Choices[0]",
  ],
  [
    "an operand of another type",
    one({ Type: "Choice", Choices: [{ Variable: "$.x", NumericEquals: "1", Next: "End" }] }),
    "must be of the type Numeric",
  ],
  ["two waits", one({ Type: "Wait", Seconds: 1, Timestamp: "2026-01-01T00:00:00Z", End: true }), "exactly one of Seconds"],
  [
    "States.ALL among others",
    one({ ...task, Retry: [{ ErrorEquals: ["States.ALL", "A"] }] }),
    "States.ALL must appear alone, and in the last element at /States/S/Retry[0]/ErrorEquals",
  ],
  [
    "a state inside another",
    one({ Type: "Parallel", End: true, Branches: [{ StartAt: "S", States: { S: { Type: "Succeed" } } }] }),
    "DUPLICATE_STATE_NAME: Duplicate state name: S at /States/S/Branches[0]/States/S",
  ],
  ["no end", { StartAt: "A", States: { A: { Type: "Pass", Next: "A" } } }, "MISSING_END_STATE"],
])("%s is named with its place", (_, definition, text) => {
  expect(problems(definition)).toContain(text);
});

test("what can be read is read", () => {
  expect(
    problems(
      chain({
        A: { Type: "Task", Resource: FUNCTION },
        B: { Type: "Map", ItemProcessor: { ...chain({ C: { Type: "Pass" } }), ProcessorConfig: { Mode: "INLINE" } } },
      }),
    ),
  ).toBe("");
});

test("CreateStateMachine refuses what is wrong, and says what this cloud lacks", async () => {
  const alone = statesAlone();
  alone.answers["lambda:Invoke"] = () => answerOf(1);
  const create = (state: object): Promise<string> => alone.create(chain({ S: state }));
  await expect(create({ ...task, Next: "X", End: undefined })).rejects.toMatchObject({
    code: "InvalidDefinition",
    message:
      "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/S/Next, MISSING_END_STATE: No terminal state found in machine at /States'",
  });
  const ecs = { Type: "Task", Resource: "arn:aws:states:::ecs:runTask.sync", Parameters: { TaskDefinition: "t", Overides: {} } };
  await expect(create(ecs)).rejects.toThrow(/The field "Overides" is not supported by Step Functions at \/States\/S\/Parameters\/Overides/);
  for (const Resource of [
    "arn:aws:states:::glue:startJobRun.sync",
    "arn:aws:states:::aws-sdk:s3:getObject",
    "arn:aws:states:us-west-2:000000000000:activity:a",
  ])
    await expect(create({ Type: "Task", Resource })).rejects.toMatchObject({
      name: "NotSupported",
      message: expect.stringContaining(Resource) as string,
    });
  const distributed = { ...chain({ C: { Type: "Pass" } }), ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } };
  await expect(create({ Type: "Map", ItemProcessor: distributed })).rejects.toThrow(/a distributed Map at \/States\/S/);
  expect(await alone.call("ValidateStateMachineDefinition", { definition: "{}" })).toMatchObject({ result: "FAIL", truncated: false });
});
