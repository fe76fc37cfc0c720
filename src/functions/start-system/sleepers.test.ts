import { ParameterNotFound } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { fakeClient } from "../testing/fake-client.ts";
import { BELIEVED_MS, sleepersOf } from "./sleepers.ts";

const of = { application: "arcade", environment: "prod", zone: "arcade.example.com" };
const PATH = "/rouse/arcade/prod/sleepers/";
const none = () => {
  throw new ParameterNotFound({ message: "none", $metadata: {} });
};

/** Leaves that come and go, and a clock. */
function world(parameters: Record<string, object>) {
  let now = 0;
  const { client, sent } = fakeClient({
    GetParameter: ({ Name }) => {
      const sleeper = parameters[Name.slice(PATH.length)];
      return sleeper ? { Parameter: { Value: JSON.stringify(sleeper) } } : none();
    },
  });
  const sleepers = sleepersOf(client, of, () => now);
  return { sleepers, asked: () => sent.map(({ input }) => input.Name), pass: (ms: number) => (now += ms) };
}

test("one parameter is read for a name, and believed for a few seconds", async () => {
  const { sleepers, asked, pass } = world({ mc: { leaf: "minecraft" } });
  expect(await sleepers("mc.arcade.example.com")).toEqual({ leaf: "minecraft" });
  pass(BELIEVED_MS - 1);
  await sleepers("mc.arcade.example.com");
  expect(asked()).toEqual([`${PATH}mc`]);
  pass(1);
  await sleepers("mc.arcade.example.com");
  expect(asked()).toHaveLength(2);
});

test("a leaf that is not there yet is found as soon as it is, and one that is gone within seconds", async () => {
  const there: Record<string, object> = {};
  const { sleepers, pass } = world(there);
  expect(await sleepers("mc.arcade.example.com")).toBeUndefined();
  there["mc"] = { leaf: "minecraft" };
  expect(await sleepers("mc.arcade.example.com")).toBeDefined();
  delete there["mc"];
  pass(BELIEVED_MS);
  expect(await sleepers("mc.arcade.example.com")).toBeUndefined();
});

test.each([
  "arcade.example.com",
  "a.mc.arcade.example.com",
  "mc.example.com",
  "_rouse.arcade.example.com",
  "mc.arcade.example.com.evil.org",
  "é.arcade.example.com",
])("no parameter is asked for the name %s", async (name) => {
  const { sleepers, asked } = world({});
  expect(await sleepers(name)).toBeUndefined();
  expect(asked()).toEqual([]);
});

test("an error of SSM's is one of the function's, so that the event comes again", async () => {
  const { client } = fakeClient({
    GetParameter: () => {
      throw new Error("throttled");
    },
  });
  await expect(sleepersOf(client, of, () => 0)("mc.arcade.example.com")).rejects.toThrow("throttled");
});
