import { expect, test } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import type { ContainerSpec } from "../runtime.ts";
import { createModelRuntime, type MachineModel } from "./index.ts";

const MODEL: MachineModel = {
  instanceBoot: () => 17_000,
  agentStart: () => 20_000,
  instanceStop: () => 40_000,
  taskProvision: () => 12_000,
  imagePull: () => 50_000,
  containerStart: () => 1000,
  untilServing: () => 10_000,
  containerStop: () => 3000,
  runsFor: () => undefined,
};
const SPEC: ContainerSpec = {
  name: "one",
  image: "game",
  environment: {},
  labels: {},
  ports: [{ containerPort: 25_565, protocol: "tcp" }],
  mounts: [],
  onLine: () => {},
};

/** Lets the work's own time pass. */
async function passing<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  const state = { done: false };
  void work.finally(() => (state.done = true));
  await clock.advanceUntil(() => state.done, 600_000);
  return work;
}

test("a container takes the model's times to start, to serve and to end; its port opens when it serves, and counts what comes", async () => {
  const clock = new VirtualClock();
  const began = clock.now();
  const runtime = createModelRuntime({ clock, model: MODEL });
  await passing(clock, runtime.ensureImage("game", {}));
  expect(clock.now() - began).toBe(50_000);
  const container = await passing(clock, runtime.run(SPEC));
  expect(clock.now() - began).toBe(51_000);
  let received = 0;
  let allowed = false;
  const target = container.endpoints.get("25565/tcp")!;
  const onTraffic = (traffic: { in?: number }): void => void (received += traffic.in ?? 0);
  await runtime.openForward!({
    protocol: "tcp",
    address: "127.77.0.1",
    port: 25_565,
    target,
    proxied: false,
    allowed: () => allowed,
    onTraffic,
    clock,
  });
  const connect = () => runtime.connect("127.77.0.1", 25_565, "tcp");
  allowed = true;
  expect([connect(), await container.exec(["check"], 5), runtime.serves!(target)]).toEqual([undefined, 1, false]);
  await clock.advance(10_000);
  expect([await container.exec(["check"], 5), runtime.serves!(target)]).toEqual([0, true]);
  const connection = connect()!;
  connection.send(700);
  allowed = false;
  expect(connect()).toBeUndefined();
  const stopping = clock.now();
  await container.terminate();
  expect(await passing(clock, container.exited)).toEqual({ exitCode: 143 });
  expect([clock.now() - stopping, connection.open, received, runtime.serves!(target)]).toEqual([3000, false, 700, undefined]);
  connection.send(700);
  expect(received).toBe(700);
  await runtime.stop();
});

test("a container that ends by itself ends with exit code 0", async () => {
  const clock = new VirtualClock();
  const runtime = createModelRuntime({ clock, model: { ...MODEL, runsFor: () => 60_000 } });
  const container = await passing(clock, runtime.run({ ...SPEC, ports: [] }));
  const began = clock.now();
  expect(await passing(clock, container.exited)).toEqual({ exitCode: 0 });
  expect(clock.now() - began).toBe(60_000);
});
