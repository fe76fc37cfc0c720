import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, VirtualClock } from "../core/clock.ts";
import { seededIds } from "../core/ids.ts";
import { type Cloud, type CloudOptions, startCloud } from "../index.ts";

type ClientClass<C> = new (config: { region: string; endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } }) => C;

/** What tests do with the time: virtual, or (testing/passing-clock.ts) the machine's. */
export interface TestClock extends Clock {
  advance(ms: number): Promise<void>;
  /** @throws Error with `what` when it is not true after `limitMs` of the cloud's time */
  advanceUntil(condition: () => boolean | Promise<boolean>, limitMs: number, what?: string): Promise<void>;
}

/** A cloud for tests: virtual time unless told, any free ports, a folder of its own, child processes instead of containers. */
export interface TestCloud<C extends TestClock = VirtualClock> extends Cloud {
  clock: C;
  dataDir: string;
  /** What the cloud said to whoever runs it. */
  lines: string[];
  /** A real SDK client, as the account's owner. @param region us-west-2 unless told */
  client<C>(type: ClientClass<C>, region?: string): C;
  /** Stops it and removes its folder. */
  end(): Promise<void>;
}

/** Starts a cloud; the test calls `end` (in `onTestFinished`, `afterAll`). */
export async function withCloud<C extends TestClock>(options: Partial<CloudOptions> & { clock: C }): Promise<TestCloud<C>>;
export async function withCloud(options?: Partial<CloudOptions> & { clock?: VirtualClock }): Promise<TestCloud>;
export async function withCloud(options: Partial<CloudOptions> & { clock?: TestClock } = {}): Promise<TestCloud<TestClock>> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "rouse-cloud-"));
  const clock = options.clock ?? new VirtualClock();
  const lines: string[] = [];
  const cloud = await startCloud({
    persistent: false,
    runtime: "process",
    loadBalancerPorts: { http: 0, https: 0, others: "any" },
    ids: seededIds(),
    log: (line) => void lines.push(line),
    ...options,
    dataDir,
    clock,
  });
  return {
    ...cloud,
    clock,
    dataDir,
    lines,
    client: (type, region = "us-west-2") => new type({ region, endpoint: cloud.url, credentials: { accessKeyId: "test", secretAccessKey: "test" } }),
    async end() {
      await cloud.stop();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
