import { expect, test } from "vitest";
import { instanceMemory, memoryReservation } from "./instance-memory.ts";

// Memory as in "Amazon EC2 instance types", in GiB.
test.each([
  ["t4g.nano", 0.5],
  ["t3.medium", 4],
  ["t3a.2xlarge", 32],
  ["m5.large", 8],
  ["m7i-flex.large", 8],
  ["m6g.medium", 4],
  ["m5.24xlarge", 384],
  ["c6g.medium", 2],
  ["c5.9xlarge", 72],
  ["c7gn.xlarge", 8],
  ["r6i.large", 16],
  ["a1.medium", 2],
])("%s has %d GiB", (type, gib) => expect(instanceMemory(type)).toBe(gib * 1024));

test.each(["c5n.large", "m3.large", "x2gd.large", "m5.metal", "p4d.24xlarge", "nonsense"])("the memory of %s is not known", (type) => {
  expect(instanceMemory(type)).toBeUndefined();
});

test("a container leaves the host its share, on the smallest type too", () => {
  expect(memoryReservation("t4g.nano", "hello")).toBe(343);
  expect(memoryReservation("m5.large", "minecraft")).toBe(7408);
});

test("an unknown type is an error that says what to write", () => {
  expect(() => memoryReservation("x2gd.large", "big")).toThrow(/leaf big: .*x2gd\.large.*compute\.memory/);
});
