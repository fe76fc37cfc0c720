import { expect, test } from "vitest";
import { answerCustomResource, isCustomResource } from "./custom-resource.ts";

const event = {
  RequestType: "Delete" as const,
  ResponseURL: "https://example.com/answer",
  StackId: "stack",
  RequestId: "request",
  LogicalResourceId: "Tasks",
  PhysicalResourceId: "tasks",
  ResourceProperties: {},
};

test("is known from events", () => {
  expect(isCustomResource(event)).toBe(true);
  expect(isCustomResource({ "detail-type": "ECS Task State Change" })).toBe(false);
});

test.each([
  ["done", async () => {}, { Status: "SUCCESS" }],
  ["failed", () => Promise.reject(new Error("still stopping")), { Status: "FAILED", Reason: expect.stringContaining("still stopping") }],
])("CloudFormation is told when it is %s", async (_what, work, outcome) => {
  const answers: unknown[] = [];
  await answerCustomResource(event, work, async (url, body) => void answers.push(url, JSON.parse(body)));
  const same = { PhysicalResourceId: "tasks", StackId: "stack", RequestId: "request", LogicalResourceId: "Tasks" };
  expect(answers).toEqual([event.ResponseURL, { ...outcome, ...same }]);
});
