import { describe, expect, test } from "vitest";
import { describeService, type ServiceObservation, serviceStateOf } from "./service-state.ts";

const seen = (changes: Partial<ServiceObservation> = {}): ServiceObservation => ({
  desired: 2,
  running: 2,
  targets: ["healthy", "healthy"],
  limits: { min: 2, max: 10 },
  visibility: "public",
  deployment: { definition: "arcade-orders:3", state: "COMPLETED", at: 1_000_000 },
  url: "http://127.0.0.1:8080/api/orders/",
  ...changes,
});
const failed = { definition: "arcade-orders:3", state: "FAILED", reason: "ECS deployment circuit breaker: tasks failed to start." };

describe("the state of a service", () => {
  test.each<[string, Partial<ServiceObservation>]>([
    ["awake", {}],
    ["awake", { targets: undefined }],
    ["awake", { running: 1, targets: ["healthy", "initial"] }],
    ["waking", { running: 0, targets: [] }],
    ["waking", { running: 1, targets: ["initial"] }],
    ["crashed", { running: 0, targets: [], deployment: failed }],
    ["asleep", { desired: 0, running: 0 }],
    ["falling asleep", { desired: 0 }],
  ])("is %s when %j is seen", (state, changes) => expect(serviceStateOf(seen(changes))).toBe(state));
});

test("the status says how many tasks there are, and how the last deployment went", () => {
  expect(describeService("orders", seen())).toEqual({
    name: "orders",
    state: "awake",
    url: "http://127.0.0.1:8080/api/orders/",
    address: "http://127.0.0.1:8080/api/orders/",
    since: "1970-01-01T00:16:40.000Z",
    serving: {
      desired: 2,
      running: 2,
      min: 2,
      max: 10,
      healthy: 2,
      targets: 2,
      visibility: "public",
      deployment: { definition: "arcade-orders:3", state: "COMPLETED", at: "1970-01-01T00:16:40.000Z" },
    },
  });
});

test("the status of one that does not come up says why, in ECS's words", () => {
  const event = "(service orders) was unable to place a task because no container instance met all of its requirements.";
  expect(describeService("orders", seen({ running: 0, targets: [], event }))).toMatchObject({ state: "waking", address: null, reason: event });
  expect(describeService("orders", seen({ running: 0, targets: [], deployment: failed, event }))).toMatchObject({ reason: failed.reason });
  expect(describeService("orders", seen({ event }))).not.toHaveProperty("reason");
});

test("one whose stack is not there is not deployed", () => {
  expect(describeService("orders", undefined)).toEqual({ name: "orders", state: "not deployed", address: null, since: null });
});
