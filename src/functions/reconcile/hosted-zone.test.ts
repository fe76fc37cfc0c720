import { expect, test } from "vitest";
import { fakeClient } from "../testing/fake-client.ts";
import { hostedZone } from "./hosted-zone.ts";

test("a zone's own ID is taken as it is", async () => {
  expect(
    await hostedZone("Z1", () => {
      throw new Error("nobody is to be asked");
    })(),
  ).toBe("Z1");
});

test("the shared zone's is read once, and again when it could not be", async () => {
  let fails = true;
  const { client, sent } = fakeClient({
    GetParameter: () => {
      if (fails) throw new Error("throttled");
      return { Parameter: { Value: "Z2" } };
    },
  });
  const zone = hostedZone("/rouse/arcade/prod/zone", () => client);
  await expect(zone()).rejects.toThrow("throttled");
  fails = false;
  expect([await zone(), await zone()]).toEqual(["Z2", "Z2"]);
  expect(sent.map(({ input }) => input.Name)).toEqual(Array.from({ length: 2 }, () => "/rouse/arcade/prod/zone"));
});
