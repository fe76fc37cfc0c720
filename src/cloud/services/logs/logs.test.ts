import { describe, expect, test } from "vitest";
import type { FilterLogEventsResponse, GetLogEventsResponse } from "@aws-sdk/client-cloudwatch-logs";
import { AwsError, NotSupported } from "../../core/errors.ts";
import { call, FUNCTION, group, memoryDisk, messagesOf, put, setup } from "./testing/world.ts";

describe("groups and streams", () => {
  test("a group is described with both of its ARNs", () => {
    const world = setup();
    group(world, "/a");
    expect(world.run("DescribeLogGroups", {})).toMatchObject({
      logGroups: [
        {
          logGroupName: "/a",
          arn: "arn:aws:logs:us-east-1:000000000000:log-group:/a:*",
          logGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:/a",
          storedBytes: 0,
        },
      ],
    });
  });
  test("groups come in pages", () => {
    const world = setup();
    for (const name of ["c", "a", "b"]) world.run("CreateLogGroup", { logGroupName: name });
    const first = world.run<{ logGroups: { logGroupName: string }[]; nextToken: string }>("DescribeLogGroups", { limit: 2 });
    expect(first.logGroups.map((each) => each.logGroupName)).toEqual(["a", "b"]);
    const second = world.run<typeof first>("DescribeLogGroups", { limit: 2, nextToken: first.nextToken });
    expect(second.logGroups.map((each) => each.logGroupName)).toEqual(["c"]);
    expect(second.nextToken).toBeUndefined();
  });
  test("a second group of the same name, a bad name and a missing group are AWS's errors", () => {
    const world = setup();
    group(world, "g");
    expect(() => world.run("CreateLogGroup", { logGroupName: "g" })).toThrow(expect.objectContaining({ code: "ResourceAlreadyExistsException" }));
    expect(() => world.run("CreateLogGroup", { logGroupName: "a b" })).toThrow(expect.objectContaining({ code: "InvalidParameterException" }));
    expect(() => world.run("DeleteLogGroup", { logGroupName: "x" })).toThrow(expect.objectContaining({ code: "ResourceNotFoundException" }));
    expect(() => world.run("CreateLogGroup", { logGroupName: "k", kmsKeyId: "key" })).toThrow(NotSupported);
  });
  test("the latest stream comes first when asked so, and pages go on", () => {
    const world = setup();
    for (const [stream, time] of [
      ["a", 3],
      ["b", 1],
      ["c", 2],
    ] as const) {
      world.logs.write(call, "g", stream, [{ timestamp: world.clock.now() + time, message: "m" }], { create: true });
    }
    const first = world.run<{ logStreams: { logStreamName: string }[]; nextToken: string }>("DescribeLogStreams", {
      logGroupName: "g",
      orderBy: "LastEventTime",
      descending: true,
      limit: 2,
    });
    expect(first.logStreams.map((each) => each.logStreamName)).toEqual(["a", "c"]);
    const second = world.run<typeof first>("DescribeLogStreams", {
      logGroupName: "g",
      orderBy: "LastEventTime",
      descending: true,
      limit: 2,
      nextToken: first.nextToken,
    });
    expect(second.logStreams.map((each) => each.logStreamName)).toEqual(["b"]);
  });
  test("deleting a group takes its streams, events and filters along", async () => {
    const disk = memoryDisk();
    const world = setup({ disk });
    const name = group(world);
    put(world, name, ["x"]);
    await world.run<Promise<void>>("PutSubscriptionFilter", { logGroupName: name, filterName: "f", filterPattern: "", destinationArn: FUNCTION });
    await world.clock.advance(2000);
    world.run("DeleteLogGroup", { logGroupName: name });
    expect([...disk.rows.keys()]).toEqual([]);
  });
});

describe("PutLogEvents", () => {
  test("events that are too old, expired or too new are rejected, the rest is kept", () => {
    const world = setup();
    const name = group(world);
    world.run("PutRetentionPolicy", { logGroupName: name, retentionInDays: 1 });
    const now = world.clock.now();
    const day = 86_400_000;
    const logEvents = [now - 15 * day, now - 2 * day, now, now + 3 * 3_600_000].map((timestamp, index) => ({ timestamp, message: `m${index}` }));
    expect(world.run("PutLogEvents", { logGroupName: name, logStreamName: "s", logEvents })).toMatchObject({
      rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 2, tooNewLogEventStartIndex: 3 },
    });
    expect(messagesOf(world.run<GetLogEventsResponse>("GetLogEvents", { logGroupName: name, logStreamName: "s" }))).toEqual(["m2"]);
  });
  test.each<[string, (now: number) => { timestamp: number; message: string }[]]>([
    [
      "not in order",
      (now) => [
        { timestamp: now, message: "a" },
        { timestamp: now - 1, message: "b" },
      ],
    ],
    [
      "longer than a day",
      (now) => [
        { timestamp: now - 90_000_000, message: "a" },
        { timestamp: now, message: "b" },
      ],
    ],
    ["over 1 MiB", (now) => Array.from({ length: 2 }, () => ({ timestamp: now, message: "x".repeat(600_000) }))],
    ["with an event over 1 MB", (now) => [{ timestamp: now, message: "x".repeat(1_048_576) }]],
    ["with an empty message", (now) => [{ timestamp: now, message: "" }]],
    ["empty", () => []],
  ])("a batch %s is refused", (_why, make) => {
    const world = setup();
    const name = group(world);
    expect(() => world.run("PutLogEvents", { logGroupName: name, logStreamName: "s", logEvents: make(world.clock.now()) })).toThrow(
      expect.objectContaining({ code: "InvalidParameterException" }),
    );
  });
});

describe("reading", () => {
  test("pages go forward until the token stays the same, and go on when more comes", () => {
    const world = setup();
    const name = group(world);
    put(world, name, ["1", "2", "3"]);
    const read = (nextToken?: string): GetLogEventsResponse =>
      world.run("GetLogEvents", { logGroupName: name, logStreamName: "s", limit: 2, startFromHead: true, nextToken });
    const first = read();
    expect(messagesOf(first)).toEqual(["1", "2"]);
    const second = read(first.nextForwardToken);
    expect(messagesOf(second)).toEqual(["3"]);
    const third = read(second.nextForwardToken);
    expect(messagesOf(third)).toEqual([]);
    expect(third.nextForwardToken).toBe(second.nextForwardToken);
    put(world, name, ["4"]);
    expect(messagesOf(read(third.nextForwardToken))).toEqual(["4"]);
    expect(messagesOf(read(second.nextBackwardToken))).toEqual(["1", "2"]);
  });
  test("without startFromHead the latest come, in order of time", () => {
    const world = setup();
    const name = group(world);
    put(world, name, ["late"], world.clock.now());
    put(world, name, ["early"], world.clock.now() - 5);
    put(world, name, ["latest"], world.clock.now() + 5);
    expect(messagesOf(world.run<GetLogEventsResponse>("GetLogEvents", { logGroupName: name, logStreamName: "s", limit: 2 }))).toEqual([
      "late",
      "latest",
    ]);
  });
  test("an empty stream's token finds what comes later", () => {
    const world = setup();
    const name = group(world);
    const { nextForwardToken } = world.run<GetLogEventsResponse>("GetLogEvents", { logGroupName: name, logStreamName: "s" });
    put(world, name, ["x"]);
    expect(
      messagesOf(world.run<GetLogEventsResponse>("GetLogEvents", { logGroupName: name, logStreamName: "s", nextToken: nextForwardToken })),
    ).toEqual(["x"]);
  });
  test("FilterLogEvents merges streams by time, filters and pages", () => {
    const world = setup();
    const now = world.clock.now();
    world.logs.write(
      call,
      "g",
      "a",
      [
        { timestamp: now, message: "x1" },
        { timestamp: now + 2, message: "x3" },
      ],
      { create: true },
    );
    world.logs.write(call, "g", "b", [
      { timestamp: now + 1, message: "x2" },
      { timestamp: now + 1, message: "other" },
    ]);
    const first = world.run<FilterLogEventsResponse>("FilterLogEvents", { logGroupName: "g", filterPattern: "x", limit: 2 });
    expect(messagesOf(first)).toEqual(["x1", "x2"]);
    const second = world.run<FilterLogEventsResponse>("FilterLogEvents", {
      logGroupName: "g",
      filterPattern: "x",
      limit: 2,
      nextToken: first.nextToken,
    });
    expect(messagesOf(second)).toEqual(["x3"]);
    expect(second.nextToken).toBeUndefined();
    expect(
      messagesOf(world.run<FilterLogEventsResponse>("FilterLogEvents", { logGroupName: "g", logStreamNamePrefix: "b", endTime: now + 1 })),
    ).toEqual(["x2", "other"]);
    expect(() => world.run("FilterLogEvents", { logGroupName: "g", filterPattern: "{ $.a" })).toThrow(
      expect.objectContaining({ code: "InvalidParameterException" }),
    );
  });
  test("retention ends on the clock, on disk too", async () => {
    const disk = memoryDisk();
    const world = setup({ disk });
    await world.logs.start?.();
    const name = group(world);
    world.run("PutRetentionPolicy", { logGroupName: name, retentionInDays: 1 });
    put(world, name, ["old"]);
    await world.clock.advance(23 * 3_600_000);
    put(world, name, ["young"]);
    await world.clock.advance(2 * 3_600_000);
    expect(messagesOf(world.run<GetLogEventsResponse>("GetLogEvents", { logGroupName: name, logStreamName: "s" }))).toEqual(["young"]);
    const kept = [...disk.rows].filter(([key]) => key.startsWith("logs.chunks"));
    expect(kept.map(([, row]) => row).join()).not.toContain("old");
    expect(() => world.run("PutRetentionPolicy", { logGroupName: name, retentionInDays: 2 })).toThrow(AwsError);
    await world.logs.stop?.();
  });
  test("events are there again after a restart, in order, and new ones come after", async () => {
    const disk = memoryDisk();
    const before = setup({ disk });
    const name = group(before);
    put(before, name, ["1", "2"]);
    await before.logs.stop?.();
    const after = setup({ disk, clock: before.clock });
    put(after, name, ["3"]);
    expect(messagesOf(after.run<GetLogEventsResponse>("GetLogEvents", { logGroupName: name, logStreamName: "s" }))).toEqual(["1", "2", "3"]);
  });
  test("a stream keeps its latest events only, and memory stays bounded", () => {
    const world = setup();
    const line = (index: number): { timestamp: number; message: string } => ({ timestamp: world.clock.now(), message: `m${index}` });
    for (let batch = 0; batch < 50; batch++)
      world.logs.write(
        call,
        "g",
        "s",
        Array.from({ length: 1000 }, (_, index) => line(batch * 1000 + index)),
        { create: true },
      );
    const events = messagesOf(world.run<GetLogEventsResponse>("GetLogEvents", { logGroupName: "g", logStreamName: "s", limit: 10_000 }));
    expect(events.at(-1)).toBe("m49999");
    expect(
      messagesOf(world.run<GetLogEventsResponse>("GetLogEvents", { logGroupName: "g", logStreamName: "s", limit: 1, startFromHead: true })),
    ).toEqual(["m30000"]);
  });
});

describe("lines of AWS services", () => {
  test("without create, a missing group drops them; a missing stream is made", () => {
    const world = setup();
    world.logs.write(call, "none", "s", [{ timestamp: 1, message: "x" }]);
    expect(world.run("DescribeLogGroups", {})).toMatchObject({ logGroups: [] });
    world.run("CreateLogGroup", { logGroupName: "there" });
    world.logs.write(call, "there", "Z1/FRA6", [{ timestamp: world.clock.now(), message: "x" }]);
    expect(world.run("DescribeLogStreams", { logGroupName: "there" })).toMatchObject({ logStreams: [{ logStreamName: "Z1/FRA6" }] });
  });
});

describe("tags", () => {
  test("are set, listed and removed by ARN", () => {
    const world = setup();
    group(world, "g");
    const resourceArn = "arn:aws:logs:us-east-1:000000000000:log-group:g";
    world.run("TagResource", { resourceArn, tags: { a: "1", b: "2" } });
    world.run("UntagResource", { resourceArn, tagKeys: ["a"] });
    expect(world.run("ListTagsForResource", { resourceArn: `${resourceArn}:*` })).toEqual({ tags: { b: "2" } });
  });
});
