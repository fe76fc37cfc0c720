import { describe, expect, test } from "vitest";
import { NotSupported } from "../../core/errors.ts";
import { FUNCTION, group, put, setup, type World } from "./testing/world.ts";

describe("resource policies", () => {
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "route53.amazonaws.com" }, Action: "logs:PutLogEvents", Resource: "*" }],
  });
  test("the eleventh is one too many; changing one of the ten is not", () => {
    const world = setup();
    for (let index = 0; index < 10; index++) world.run("PutResourcePolicy", { policyName: `p${index}`, policyDocument: document });
    expect(() => world.run("PutResourcePolicy", { policyName: "p10", policyDocument: document })).toThrow(
      expect.objectContaining({ code: "LimitExceededException" }),
    );
    world.run("PutResourcePolicy", { policyName: "p9", policyDocument: document });
    world.run("DeleteResourcePolicy", { policyName: "p0" });
    world.run("PutResourcePolicy", { policyName: "p10", policyDocument: document });
    expect(world.run<{ resourcePolicies: unknown[] }>("DescribeResourcePolicies", {}).resourcePolicies).toHaveLength(10);
  });
  test("a document that is no policy is refused", () => {
    expect(() => setup().run("PutResourcePolicy", { policyName: "p", policyDocument: "{" })).toThrow(
      expect.objectContaining({ code: "InvalidParameterException" }),
    );
  });
});

describe("subscription filters", () => {
  const subscribe = (world: World, filterPattern: string, filterName = "f"): Promise<void> =>
    world.run("PutSubscriptionFilter", { logGroupName: "/aws/route53/example.com", filterName, filterPattern, destinationArn: FUNCTION });

  test("matching events reach the function in AWS's shape, at once", async () => {
    const world = setup();
    const name = group(world);
    await subscribe(world, "wake");
    put(world, name, ["wake me", "not me"]);
    await world.clock.settle();
    expect(world.invocations).toEqual([
      {
        functionArn: FUNCTION,
        principal: "logs.amazonaws.com",
        at: world.clock.now(),
        data: {
          messageType: "DATA_MESSAGE",
          owner: "000000000000",
          logGroup: name,
          logStream: "s",
          subscriptionFilters: ["f"],
          logEvents: [{ id: expect.stringMatching(/^\d{56}$/), timestamp: world.clock.now(), message: "wake me" }],
        },
      },
    ]);
  });
  test("under load, later events are gathered, and none is lost", async () => {
    const world = setup();
    const name = group(world);
    await subscribe(world, "");
    for (let index = 0; index < 100; index++) put(world, name, [`m${index}`]);
    await world.clock.advance(1000);
    expect(world.invocations.length).toBe(2);
    expect(world.invocations.flatMap(({ data }) => data.logEvents.map(({ message }) => message))).toEqual(
      Array.from({ length: 100 }, (_, index) => `m${index}`),
    );
  });
  test("a third filter on a group is one too many", async () => {
    const world = setup();
    group(world);
    await subscribe(world, "", "a");
    await subscribe(world, "", "b");
    await subscribe(world, "x", "b");
    await expect(subscribe(world, "", "c")).rejects.toMatchObject({ code: "LimitExceededException" });
  });
  test("a function that does not let CloudWatch Logs in is refused, and so is a missing one", async () => {
    for (const options of [{ allowed: () => false }, { functionMissing: true }]) {
      const world = setup(options);
      group(world);
      await expect(subscribe(world, "")).rejects.toMatchObject({
        code: "InvalidParameterException",
        message: expect.stringContaining("Could not execute the lambda function"),
      });
    }
  });
  test("the regional principal is good enough, and the source ARN ends in a wildcard", async () => {
    const world = setup({
      allowed: (service, sourceArn) => service === "logs.us-east-1.amazonaws.com" && sourceArn.endsWith(":log-group:/aws/route53/example.com:*"),
    });
    const name = group(world);
    await subscribe(world, "");
    put(world, name, ["x"]);
    await world.clock.settle();
    expect(world.invocations).toHaveLength(1);
    expect(world.invocations[0]!.principal).toBe("logs.us-east-1.amazonaws.com");
  });
  test("a failed delivery is told and does not stop the next", async () => {
    let allow = true;
    const world = setup({ allowed: () => allow });
    const name = group(world);
    await subscribe(world, "");
    allow = false;
    put(world, name, ["lost"]);
    await world.clock.advance(1000);
    expect(world.failures).toHaveLength(1);
    allow = true;
    put(world, name, ["found"]);
    await world.clock.settle();
    expect(world.invocations.flatMap(({ data }) => data.logEvents.map(({ message }) => message))).toEqual(["found"]);
  });
  test("another kind of destination is not supported, loudly", async () => {
    const world = setup();
    const name = group(world);
    const put = world.run<Promise<void>>("PutSubscriptionFilter", {
      logGroupName: name,
      filterName: "f",
      filterPattern: "",
      destinationArn: "arn:aws:kinesis:us-east-1:0:stream/s",
    });
    await expect(put).rejects.toThrow(NotSupported);
  });
});

describe("metric filters", () => {
  test("a match adds the value of a field with its dimensions", () => {
    const world = setup();
    const name = group(world);
    world.run("PutMetricFilter", {
      logGroupName: name,
      filterName: "f",
      filterPattern: "{ $.latency = * }",
      metricTransformations: [{ metricName: "Latency", metricNamespace: "App", metricValue: "$.latency", dimensions: { Path: "$.path" } }],
    });
    put(world, name, [JSON.stringify({ latency: 50, path: "/" }), JSON.stringify({ latency: 7 }), "text"]);
    expect(world.metrics).toEqual([{ namespace: "App", name: "Latency", value: 50, dimensions: { Path: "/" } }]);
  });
  test("the default value counts for what does not match", () => {
    const world = setup();
    const name = group(world);
    world.run("PutMetricFilter", {
      logGroupName: name,
      filterName: "f",
      filterPattern: "x",
      metricTransformations: [{ metricName: "X", metricNamespace: "App", metricValue: "1", defaultValue: 0 }],
    });
    put(world, name, ["x", "y"]);
    expect(world.metrics.map(({ value }) => value)).toEqual([1, 0]);
  });
  test("TestMetricFilter extracts fields", () => {
    expect(setup().run("TestMetricFilter", { filterPattern: "[a, b = 2]", logEventMessages: ["1 2", "1 3"] })).toEqual({
      matches: [{ eventNumber: 1, eventMessage: "1 2", extractedValues: { $a: "1", $b: "2" } }],
    });
  });
});
