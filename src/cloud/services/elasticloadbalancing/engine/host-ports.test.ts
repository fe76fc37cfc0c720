import { expect, test } from "vitest";
import { openFirstFree, wantedPort } from "./host-ports.ts";

/** A machine on which these ports are taken; 0 opens 50000. */
const machine =
  (...taken: number[]) =>
  async (port: number): Promise<number> => {
    if (taken.includes(port)) throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
    return port === 0 ? 50_000 : port;
  };
const none = new Set<number>();

test.each([
  [80, {}, 8080],
  [443, {}, 8443],
  [80, { http: 0 }, 0],
  [443, { https: 9443 }, 9443],
  [81, {}, 10_081],
  [8081, {}, 8081],
  [8081, { others: "any" as const }, 0],
])("port %d with %j is wanted at %d", (port, options, wanted) => expect(wantedPort(port, options)).toBe(wanted));

test("the wanted port, the next ones where it is taken or another listener's, and any at last", async () => {
  expect(await openFirstFree(machine(), undefined, 8080, none)).toBe(8080);
  expect(await openFirstFree(machine(8080), undefined, 8080, none)).toBe(8081);
  expect(await openFirstFree(machine(8080), undefined, 8080, new Set([8081]))).toBe(8082);
  const following = Array.from({ length: 50 }, (_, index) => 8080 + index);
  expect(await openFirstFree(machine(...following), undefined, 8080, none)).toBe(50_000);
});

test("a port that was taken once is not avoided for ever; where any will do, the listener keeps its own", async () => {
  expect(await openFirstFree(machine(), 8081, 8080, none)).toBe(8080);
  expect(await openFirstFree(machine(), 43_210, 0, none)).toBe(43_210);
  expect(await openFirstFree(machine(43_210), 43_210, 0, none)).toBe(50_000);
});

test("what is no taken port is no reason to try another one", async () => {
  const broken = async (): Promise<number> => {
    throw new Error("no network");
  };
  await expect(openFirstFree(broken, undefined, 8080, none)).rejects.toThrow("no network");
});
