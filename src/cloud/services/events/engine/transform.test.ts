import { expect, test } from "vitest";
import type { Envelope } from "../state.ts";
import { targetInput } from "./transform.ts";

const EVENT: Envelope = {
  version: "0",
  id: "7bf73129",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  account: "123456789012",
  time: "2015-11-11T21:29:54Z",
  region: "us-east-1",
  resources: ["arn:1", "arn:2"],
  detail: { state: 'RUN"NING', list: ["HIGH"], payload: { acc_id: "0a", n: 1 }, valid: true },
};
const RULE = { name: "r", arn: "arn:rule/r" };

const fill = (InputTemplate: string): string => {
  const InputPathsMap = { state: "$.detail.state", list: "$.detail.list", payload: "$.detail.payload", valid: "$.detail.valid", no: "$.detail.no" };
  const target = { Id: "a", Arn: "arn", InputTransformer: { InputTemplate, InputPathsMap: { ...InputPathsMap, first: "$.resources[0]" } } };
  return targetInput(target, EVENT, RULE, "2015-11-11T21:30:00Z");
};

// Recorded from AWS: localstack's test_events_inputs snapshots.
test.each([
  ['"<valid>: <payload>, <list>, <no>!"', '"true: {acc_id:0a,n:1}, [HIGH], !"'],
  ['{"a": <payload>, "b": <list>, "c": <valid>, "d": <no>}', '{"a": {"acc_id":"0a","n":1}, "b": ["HIGH"], "c": true, "d": ""}'],
  ['{"a": "x/<first>/<first>"}', '{"a": "x/arn:1/arn:1"}'],
  ['{"a": "is \\"<first>\\""}', '{"a": "is \\"arn:1\\""}'],
  ['"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"', '"arn:rule/r r 2015-11-11T21:30:00Z"'],
  ['{"e": <aws.events.event.json>}', `{"e": ${JSON.stringify(EVENT)}}`],
])("the template %s", (template, expected) => {
  expect(fill(template)).toBe(expected);
});

test("a text with quotes keeps the template valid JSON", () => {
  expect(JSON.parse(fill('{"a": "<state>", "b": <state>}'))).toEqual({ a: 'RUN"NING', b: 'RUN"NING' });
});

test("InputPath takes a part of the event, as JSON", () => {
  const input = (InputPath: string): string => targetInput({ Id: "a", Arn: "arn", InputPath }, EVENT, RULE, "");
  expect(input("$.detail.payload")).toBe('{"acc_id":"0a","n":1}');
  expect(input("$.source")).toBe('"aws.ec2"');
  expect(input("$.resources[1]")).toBe('"arn:2"');
  expect(input("$.resources[*]")).toBe('["arn:1","arn:2"]');
  expect(input("$.detail-type")).toBe('"EC2 Instance State-change Notification"');
});
