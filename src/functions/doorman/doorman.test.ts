import { describe, expect, test } from "vitest";
import type { RunAnswer } from "../shared/ensure-task.ts";
import type { SeenTask } from "../shared/seen-task.ts";
import { arnOf, crashed, ENGINE, task } from "../testing/engines.ts";
import { VirtualTime } from "../testing/virtual-time.ts";
import type { AlbAnswer } from "./answers.ts";
import { openDoor } from "./doorman.ts";
import type { AlbEvent } from "./request.ts";
import type { DoorWorld } from "./wake.ts";

const HOLD_MS = 55_000;
const NAVIGATION = { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "user-agent": "Mozilla/5.0 Firefox/133.0" };
const throttled = (): Error => Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });

/** An engine whose task runs a second after its start, and whose rule is switched after two. */
class Fake {
  readonly time = new VirtualTime();
  seen: SeenTask[] = [];
  isReached = false;
  runs = 0;
  pokes = 0;
  looks = 0;
  reachedAsks = 0;
  throttle = 0;
  readyAfter = 2_000;
  run: () => RunAnswer = () => {
    const fresh = task(`t${++this.runs}`, { lastStatus: "PROVISIONING", startedAt: undefined, createdAt: this.time.at });
    this.seen = [...this.seen, fresh];
    this.time.after(1_000, () => this.change(fresh.arn, { lastStatus: "RUNNING", startedAt: this.time.at }));
    this.time.after(this.readyAfter, () => (this.isReached = true));
    return { task: fresh };
  };
  change(arn: string, changes: Partial<SeenTask>): void {
    this.seen = this.seen.map((one) => (one.arn === arn ? { ...one, ...changes } : one));
  }
  private readonly world: DoorWorld = {
    now: this.time.now,
    sleep: this.time.sleep,
    reaches: async () => {
      this.reachedAsks++;
      if (this.throttle-- > 0) throw throttled();
      return this.isReached;
    },
    tasks: {
      look: async () => {
        this.looks++;
        return this.seen;
      },
      describe: async (arns) => this.seen.filter(({ arn }) => arns.includes(arn)),
      use: async (arn) => this.change(arn, { mark: undefined }),
      poke: async () => void this.pokes++,
      revision: async () => "arcade-auth:3",
      run: async () => this.run(),
    },
  };
  knock = async (changes: { method?: string; path?: string; headers?: Record<string, string> } = {}): Promise<AlbAnswer> => {
    const event: AlbEvent = {
      httpMethod: changes.method ?? "GET",
      path: changes.path ?? "/api/auth/me",
      multiValueQueryStringParameters: { a: ["1", "2"] },
      multiValueHeaders: Object.fromEntries(Object.entries(changes.headers ?? {}).map(([name, value]) => [name, [value]])),
    };
    const ignoring = { agents: [], paths: [], healthPath: "/health", route: ["/api/auth/*"] };
    return await openDoor(event, this.world, { engine: ENGINE, ignoring, holdMs: HOLD_MS }, () => {});
  };
  get waited(): number {
    return this.time.at - 2_000_000_000;
  }
}
const header = ({ multiValueHeaders }: AlbAnswer, name: string): string | undefined => multiValueHeaders[name]?.[0];

describe("a client that is no browser", () => {
  test("wakes it, is held, and is sent to the same address as soon as it is up", async () => {
    const fake = new Fake();
    const answer = await fake.knock({ method: "POST" });
    expect(answer).toMatchObject({ statusCode: 307, statusDescription: "307 Temporary Redirect", body: "" });
    expect(answer.multiValueHeaders).toEqual({ location: ["/api/auth/me?a=1&a=2"], "x-rouse-state": ["ready"], "cache-control": ["no-store"] });
    expect(fake.runs).toBe(1);
    // No more than a tenth of the phase too late.
    expect(fake.waited).toBeLessThan(2_250);
  });
  test("is told to come again when it takes longer than it can be held", async () => {
    const fake = new Fake();
    fake.readyAfter = 300_000;
    const answer = await fake.knock({ headers: { accept: "application/json" } });
    expect(answer).toMatchObject({ statusCode: 503 });
    expect(JSON.parse(answer.body)).toMatchObject({ service: "auth", state: "waking", phase: "health" });
    expect(Number(header(answer, "retry-after"))).toBeGreaterThan(0);
    expect(fake.waited).toBe(HOLD_MS);
    expect((await fake.knock({ headers: { accept: "*/*" } })).body).toBe(
      "auth is waking up and waits for its first health check. Try again in a moment.\n",
    );
  });
  test("asks AWS some dozens of times, and not every 20 ms", async () => {
    const fake = new Fake();
    fake.readyAfter = 300_000;
    await fake.knock();
    expect(fake.reachedAsks).toBeLessThan(180);
  });
  test("is sent back after a moment where the rule was switched already", async () => {
    const fake = new Fake();
    fake.isReached = true;
    fake.seen = [task("a")];
    expect(await fake.knock()).toMatchObject({ statusCode: 307 });
    expect(fake.waited).toBe(1_000);
  });
  test("is sent back at once where it has waited for this function as long already", async () => {
    const fake = new Fake();
    fake.isReached = true;
    fake.seen = [task("a")];
    const second = Math.floor(fake.time.at / 1000) - 4;
    const trace = `Root=1-${second.toString(16).padStart(8, "0")}-abcdef012345678912345678`;
    expect(await fake.knock({ headers: { "x-amzn-trace-id": trace } })).toMatchObject({ statusCode: 307 });
    expect(fake.waited).toBe(0);
  });
  test("is held for as long as it was told, from when the load balancer got its request", async () => {
    const fake = new Fake();
    fake.readyAfter = 300_000;
    const second = Math.floor(fake.time.at / 1000) - 11;
    const trace = `Root=1-${second.toString(16).padStart(8, "0")}-abcdef012345678912345678`;
    expect(await fake.knock({ headers: { "x-amzn-trace-id": trace } })).toMatchObject({ statusCode: 503 });
    expect(fake.waited).toBe(HOLD_MS - 10_000);
  });
  test("does not see that AWS was asked too often", async () => {
    const fake = new Fake();
    fake.throttle = 6;
    expect(await fake.knock()).toMatchObject({ statusCode: 307 });
    fake.throttle = Infinity;
    fake.isReached = false;
    expect(await fake.knock()).toMatchObject({ statusCode: 503 });
  });
  test("makes the reconcile function look again when nothing comes of a task that runs", async () => {
    const fake = new Fake();
    fake.seen = [task("a")];
    fake.time.after(11_000, () => (fake.isReached = true));
    expect(await fake.knock()).toMatchObject({ statusCode: 307 });
    expect(fake.pokes).toBe(2);
  });
  test("cancels a sleep", async () => {
    const fake = new Fake();
    fake.seen = [task("a", { mark: { at: "", by: "idle", drain: true } })];
    fake.time.after(500, () => (fake.isReached = true));
    expect(await fake.knock()).toMatchObject({ statusCode: 307 });
    expect(fake.runs).toBe(0);
    expect(fake.seen[0]!.mark).toBeUndefined();
  });
  test("gets the next task when one ends before it is up", async () => {
    const fake = new Fake();
    const { run } = fake;
    fake.run = () => {
      if (fake.runs > 0) return run();
      fake.runs++;
      fake.seen = [task("bad", { lastStatus: "PENDING" })];
      fake.time.after(700, () => (fake.seen = [crashed("bad", fake.time.at)]));
      return { task: fake.seen[0]! };
    };
    expect(await fake.knock()).toMatchObject({ statusCode: 307 });
    expect(fake.seen.map(({ arn }) => arn)).toEqual([arnOf("bad"), arnOf("t2")]);
  });
  test("is told when there is no place, and nothing of what AWS says of accounts", async () => {
    const fake = new Fake();
    fake.run = () => ({ failures: ["RESOURCE:MEMORY"] });
    const answer = await fake.knock();
    expect(answer).toMatchObject({ statusCode: 503, body: "auth could not be started: RESOURCE:MEMORY.\n" });
    fake.run = () => {
      throw new Error("User: arn:aws:sts::111111111111:assumed-role/x is not authorized");
    };
    const refused = await fake.knock();
    expect(refused).toMatchObject({ statusCode: 503 });
    expect(refused.body).not.toContain("arn:aws");
  });
});

describe("a browser", () => {
  test("gets the waiting page at once", async () => {
    const fake = new Fake();
    const answer = await fake.knock({ headers: NAVIGATION });
    expect(answer).toMatchObject({ statusCode: 503, body: expect.stringContaining("<b>auth</b>") });
    expect(answer.multiValueHeaders).toMatchObject({
      "x-rouse-state": ["waking"],
      "x-rouse-phase": ["starting"],
      "cache-control": ["no-store"],
      "retry-after": ["3"],
    });
    expect(header(answer, "content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(fake.waited).toBe(300);
    expect(fake.runs).toBe(1);
  });
  test("sees no waiting page where it is up in a moment", async () => {
    const fake = new Fake();
    fake.readyAfter = 200;
    expect(await fake.knock({ headers: NAVIGATION })).toMatchObject({ statusCode: 307 });
  });
  test("that posts a form is held, and posts it to the service", async () => {
    expect(await new Fake().knock({ method: "POST", headers: NAVIGATION })).toMatchObject({ statusCode: 307 });
  });
});

describe("the waiting page's questions", () => {
  const ask = (fake: Fake) => fake.knock({ method: "HEAD", headers: { "x-rouse-progress": "1" } });
  test.each<[string, Partial<SeenTask>[], string, string | undefined]>([
    ["nobody", [], "asleep", undefined],
    ["a task without a place", [{ lastStatus: "PROVISIONING" }], "waking", "starting"],
    ["one that has a place", [{ lastStatus: "PENDING" }], "waking", "starting"],
    ["one whose image is pulled", [{ lastStatus: "PENDING", pullStartedAt: 1 }], "waking", "image"],
    ["one whose image is there", [{ lastStatus: "PENDING", pullStartedAt: 1, pullStoppedAt: 2 }], "waking", "container"],
    ["one that runs", [{}], "waking", "health"],
  ])("are answered of %s", async (_who, tasks, state, phase) => {
    const fake = new Fake();
    fake.seen = tasks.map((changes, index) => task(`t${index}`, changes));
    const answer = await ask(fake);
    expect(answer).toMatchObject({ statusCode: 200, body: "" });
    expect([header(answer, "x-rouse-state"), header(answer, "x-rouse-phase")]).toEqual([state, phase]);
    expect(fake.runs).toBe(0);
    expect(fake.waited).toBe(0);
  });
  test("say ready when the rule is switched, and in JSON to who does not ask with HEAD", async () => {
    const fake = new Fake();
    fake.isReached = true;
    expect(header(await ask(fake), "x-rouse-state")).toBe("ready");
    expect(JSON.parse((await fake.knock({ headers: { "x-rouse-progress": "1" } })).body)).toEqual({ state: "ready", phase: "ready" });
  });
  test("are answered though AWS does not", async () => {
    const fake = new Fake();
    fake.throttle = Infinity;
    expect(header(await ask(fake), "x-rouse-state")).toBe("waking");
  });
});

describe("a crash loop", () => {
  const crashing = (): Fake => {
    const fake = new Fake();
    fake.seen = [3, 2, 1].map((minutes) => crashed(`c${minutes}`, fake.time.at - minutes * 60_000));
    return fake;
  };
  test("wakes nobody, and says why and when to come again", async () => {
    const fake = crashing();
    const answer = await fake.knock();
    expect(answer).toMatchObject({ statusCode: 503, body: expect.stringContaining("its container auth exited with code 1") });
    expect(answer.multiValueHeaders).toMatchObject({ "x-rouse-state": ["crashed"], "retry-after": ["420"] });
    expect(fake.runs).toBe(0);
  });
  test("has a page of its own", async () => {
    const { body } = await crashing().knock({ headers: NAVIGATION });
    expect(body).toContain('data-state="crashed"');
    expect(body).toContain("its container auth exited with code 1");
  });
  test("is told to the waiting page", async () => {
    const answer = await crashing().knock({ method: "HEAD", headers: { "x-rouse-progress": "1" } });
    expect(header(answer, "x-rouse-state")).toBe("crashed");
    expect(decodeURIComponent(header(answer, "x-rouse-reason")!)).toBe("its container auth exited with code 1");
  });
});

describe("who is ignored", () => {
  test.each<[string, Parameters<Fake["knock"]>[0], number]>([
    ["a health check", { path: "/health" }, 200],
    ["HEAD /", { method: "HEAD", path: "/" }, 200],
    ["a monitor", { headers: { "user-agent": "UptimeRobot/2.0" } }, 200],
    ["a crawler", { headers: { "user-agent": "Googlebot/2.1" } }, 503],
  ])("%s gets an answer and wakes nobody, without a call of AWS", async (_who, request, statusCode) => {
    const fake = new Fake();
    const answer = await fake.knock(request);
    expect(answer.statusCode).toBe(statusCode);
    expect(answer.multiValueHeaders).toMatchObject({ "x-rouse-state": ["asleep"], "cache-control": ["no-store"] });
    expect([fake.looks, fake.runs, fake.reachedAsks]).toEqual([0, 0, 0]);
  });
});

test("a WebSocket wakes it, and comes again: it follows no redirect", async () => {
  const fake = new Fake();
  const answer = await fake.knock({ headers: { upgrade: "websocket" } });
  expect(answer).toMatchObject({ statusCode: 503 });
  expect(header(answer, "retry-after")).toBe("3");
  expect([fake.runs, fake.waited]).toEqual([1, 0]);
});

test("200 at once start one task", async () => {
  const fake = new Fake();
  let first: RunAnswer | undefined;
  const { run } = fake;
  fake.run = () => (first ??= run());
  await Promise.all(Array.from({ length: 200 }, () => fake.knock({ headers: { upgrade: "websocket" } })));
  expect(fake.seen).toHaveLength(1);
});

describe("a script of another origin", () => {
  const headers = { origin: "https://app.example.com" };

  test("may follow the redirect, with its cookies", async () => {
    const answer = await new Fake().knock({ headers });
    expect(answer.statusCode).toBe(307);
    expect(header(answer, "access-control-allow-origin")).toBe("https://app.example.com");
    expect(header(answer, "access-control-allow-credentials")).toBe("true");
    expect(header(answer, "vary")).toBe("origin");
  });

  test("that asks first is held, and then told to ask the service: a preflight follows no redirect", async () => {
    const fake = new Fake();
    const asks = { ...headers, "access-control-request-method": "PUT", "access-control-request-headers": "authorization" };
    const answer = await fake.knock({ method: "OPTIONS", headers: asks });
    expect([answer.statusCode, fake.runs]).toEqual([204, 1]);
    expect(fake.waited).toBeGreaterThanOrEqual(2_000);
    expect(header(answer, "access-control-allow-methods")).toBe("PUT");
    expect(header(answer, "access-control-allow-headers")).toBe("authorization");
    expect(header(answer, "access-control-max-age")).toBe("0");
    // Only the service may let a script send somebody's cookies.
    expect(header(answer, "access-control-allow-credentials")).toBeUndefined();
  });

  test("that asks a service which does not come up is told so", async () => {
    const fake = new Fake();
    fake.readyAfter = 10 * HOLD_MS;
    const answer = await fake.knock({ method: "OPTIONS", headers: { ...headers, "access-control-request-method": "PUT" } });
    expect([answer.statusCode, header(answer, "x-rouse-state")]).toEqual([503, "waking"]);
  });
});
