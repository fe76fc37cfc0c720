import type { CapacityProviderStrategyItem } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { nextProvider } from "./strategy.ts";

function shares(strategy: CapacityProviderStrategyItem[], tasks: number): Record<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < tasks; i++) {
    const name = nextProvider(strategy, counts);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

test.each([
  ["a single provider needs no weight", [{ capacityProvider: "FARGATE" }], 3, { FARGATE: 3 }],
  [
    "weights share tasks out",
    [
      { capacityProvider: "FARGATE", weight: 1 },
      { capacityProvider: "FARGATE_SPOT", weight: 4 },
    ],
    10,
    { FARGATE: 2, FARGATE_SPOT: 8 },
  ],
  [
    "the base comes first, and does not count for the weights",
    [
      { capacityProvider: "FARGATE", base: 2, weight: 1 },
      { capacityProvider: "FARGATE_SPOT", weight: 1 },
    ],
    6,
    { FARGATE: 4, FARGATE_SPOT: 2 },
  ],
  [
    "a weight of 0 takes nothing beyond its base",
    [
      { capacityProvider: "FARGATE", base: 1 },
      { capacityProvider: "FARGATE_SPOT", weight: 1 },
    ],
    3,
    { FARGATE: 1, FARGATE_SPOT: 2 },
  ],
])("%s", (_what, strategy, tasks, expected) => {
  expect(shares(strategy, tasks)).toEqual(expected);
});
