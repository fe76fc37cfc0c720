import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { priceAssembly } from "../src/cli/bill.ts";
import { VirtualClock } from "../src/cloud/core/clock.ts";
import { type TestCloud, withCloud } from "../src/cloud/testing/with-cloud.ts";
import type { LeafDetail, LogLineView, Overview, Problem } from "../src/console/api-types.ts";
import { awsSource } from "../src/console/aws-source.ts";
import { type Console, startConsole } from "../src/console/server.ts";
import type { ConsoleSource } from "../src/console/source.ts";
import { DEFAULTS } from "../src/cost/assumptions.ts";
import { pricesOf } from "../src/cost/price-table.ts";
import type { Connection } from "../src/operate/environment.ts";
import { environmentTime } from "../src/operate/environment-time.ts";
import { readHistory } from "../src/operate/history.ts";
import { readUse } from "../src/operate/use.ts";
import { type Deployed, deployed, HELLO, root } from "./support/deployed.ts";

/** The console's server over the embedded cloud, as `rouse up` serves it: the real stacks, functions and SDK. Its page is tested elsewhere. */
let world: Deployed;
let console_: Console;
let headers: Record<string, string>;
let again: TestCloud | undefined;
/** How often the environment was read for the pages. */
let looks = 0;

const TALKS = `
console.log("listening");
require("node:http").createServer((req, res) => {
  console.log("asked for " + req.url);
  res.end("hello");
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

function sourceOf(connection: Connection): ConsoleSource {
  const { project, directory } = world;
  return awsSource({
    project,
    connection,
    who: "kim",
    time: environmentTime(connection),
    bill: () => Promise.resolve(priceAssembly(project, join(directory, "cdk.out"), DEFAULTS, (region) => pricesOf(region))),
    history: (leaf, sinceMs) => readHistory(project, leaf, connection, { sinceMs }),
    use: (leaf, minutes) => readUse(project, leaf, connection, { minutes }),
  });
}

beforeAll(async () => {
  world = await deployed(
    { "leaves/hello.yaml": HELLO.replace("server.cjs", "talks.cjs"), "talks.cjs": TALKS },
    { clock: new VirtualClock({ start: Date.parse("2026-01-15T12:00:00Z") }) },
  );
  const { connection, directory } = world;
  const source = sourceOf(connection);
  const overview = (): Promise<Overview> => source.overview().finally(() => looks++);
  console_ = await startConsole({ source: { ...source, overview, pollMs: 1 }, page: join(directory, "no-page"), port: 0 });
  const signedIn = await fetch(console_.url, { redirect: "manual" });
  const origin = `http://127.0.0.1:${console_.port}`;
  headers = { cookie: signedIn.headers.get("set-cookie")!.split(";")[0]!, origin };
}, 120_000);
afterAll(async () => {
  await console_?.close();
  await world?.end();
  await again?.end();
});

const at = (path: string): string => `http://127.0.0.1:${console_.port}/api/${path}`;
const get = async <T>(path: string): Promise<T> => (await (await fetch(at(path), { headers })).json()) as T;
const post = async (path: string) => {
  const response = await fetch(at(path), { method: "POST", headers });
  return { status: response.status, message: ((await response.json()) as Problem).message };
};

/** What a page hears: each event as it comes, kept. */
class Listener {
  readonly heard: { event: string; data: unknown }[] = [];
  private readonly gone = new AbortController();

  constructor(path: string) {
    void this.listen(path).catch(() => {});
  }

  private async listen(path: string): Promise<void> {
    const { body } = await fetch(at(path), { headers, signal: this.gone.signal });
    let text = "";
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop()!;
      for (const block of blocks) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
        if (event) this.heard.push({ event, data: JSON.parse(data!) });
      }
    }
  }

  all = <T>(event: string): T[] => this.heard.flatMap((one) => (one.event === event ? [one.data as T] : []));
  overview = (): Overview | undefined => this.all<Overview>("overview").at(-1);
  leaf = (): LeafDetail | undefined => this.all<LeafDetail>("leaf").at(-1);
  has = (event: string): boolean => this.heard.some((one) => one.event === event);
  end = (): void => this.gone.abort();
}

/** Lets time pass until a page has heard something; in each step it is looked at once. */
const until = (what: () => boolean, name: string): Promise<void> =>
  world.cloud.clock.advanceUntil(
    async () => {
      const enough = looks + 2;
      const isOver = (): boolean => what() || looks >= enough;
      while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 1));
      return what();
    },
    20 * 60_000,
    name,
    2000,
  );

test("a page wakes a leaf, sees it come up part by part, follows its log, and puts it to sleep", async () => {
  const page = new Listener("events?leaf=hello");
  const state = (): string | undefined => page.overview()?.leaves[0]?.status.state;
  const parts = (): string | undefined =>
    page
      .leaf()
      ?.path.steps.map((step) => `${step.id}:${step.state}`)
      .join(" ");
  await until(() => state() === "asleep" && page.leaf() !== undefined, "the overview");

  expect(await post("leaves/hello/wake")).toEqual({ status: 200, message: "hello is waking." });
  await until(() => state() === "awake", "awake");
  await until(() => parts() === "dns:on function:on group:on instance:on task:on record:on", "the whole path");
  const seen = new Set(page.all<Overview>("overview").map(({ leaves }) => leaves[0]!.status.state));
  expect([...seen]).toEqual(["asleep", "waking", "awake"]);
  expect(page.all<LeafDetail>("leaf").some(({ path }) => path.steps.some(({ state }) => state === "working"))).toBe(true);
  const { card, path } = page.leaf()!;
  expect(card).toMatchObject({
    copy: "hello.arcade.example.com:8080",
    can: { wake: false, sleep: true, run: false },
    use: { unit: "bytes/s", threshold: 50 },
  });
  expect(card.status.wokenBy).toBe("kim (rouse wake)");
  expect(path.steps.at(-1)!.detail).toBe(card.status.address);
  expect(await post("leaves/hello/wake")).toEqual({ status: 200, message: "hello was up already." });

  const log = new Listener("leaves/hello/logs?since=3600");
  const lines = (): string[] => log.all<LogLineView>("line").map(({ message }) => message);
  await until(() => lines().includes("listening"), "the old lines");
  await (await fetch(`http://${card.status.address}:8080/menu`)).text();
  await until(() => lines().includes("asked for /menu"), "the new line");
  expect(lines().filter((line) => line === "listening")).toHaveLength(1);
  log.end();

  expect(await post("leaves/hello/sleep")).toEqual({ status: 200, message: "hello is going to sleep." });
  await until(() => state() === "asleep", "asleep");
  expect(await post("leaves/hello/sleep")).toEqual({ status: 200, message: "hello was not up." });
  page.end();
});

test("a leaf's page has what it has cost this month, and each resource with a command that shows it", async () => {
  const { cost, leaves } = await get<Overview>("overview");
  // Half a month of an instance; asleep the leaf has nothing that costs, and what all share has the zone.
  expect(leaves[0]!.cost!.always).toBeGreaterThan(0.5);
  expect(leaves[0]!.cost!.soFar).toBeLessThan(0.1);
  expect(cost!.soFar).toBeGreaterThan(0.2);
  expect(cost!.always).toBeGreaterThan(leaves[0]!.cost!.always);
  const { resources } = await get<LeafDetail>("leaves/hello");
  const group = resources.find(({ type }) => type === "AWS::AutoScaling::AutoScalingGroup");
  expect(group).toMatchObject({ what: "Auto Scaling group", region: "us-west-2", name: "arcade-hello" });
  expect(group!.command).toBe(
    `aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names arcade-hello --endpoint-url ${world.cloud.url} --region us-west-2`,
  );
  // Of nested stacks too, and what people look for first.
  expect(resources[0]).toBe(group);
  expect(resources.map(({ type }) => type)).toEqual(expect.arrayContaining(["AWS::ECS::Service", "AWS::Lambda::Function", "AWS::Logs::LogGroup"]));
});

test("what a leaf cannot do is said, and changes nothing", async () => {
  expect(await post("leaves/hello/run")).toEqual({ status: 409, message: "hello is no scheduled task: wake it" });
  expect(await post("leaves/nobody/wake")).toEqual({ status: 404, message: "there is no leaf nobody" });
});

describe("with the rights that docs/operating.md gives", () => {
  const policies = [...readFileSync(join(root, "docs/operating.md"), "utf8").matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) =>
    text!.replaceAll("222222222222", "000000000000"),
  );
  let user: ConsoleSource;
  const grant = (PolicyName: string, PolicyDocument: string) =>
    world.cloud.client(IAMClient).send(new PutUserPolicyCommand({ UserName: "kim", PolicyName, PolicyDocument }));

  beforeAll(async () => {
    const iam = world.cloud.client(IAMClient);
    await iam.send(new CreateUserCommand({ UserName: "kim" }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "kim" }));
    user = sourceOf({ ...world.connection, credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! } });
  });

  test("without any nothing is shown, and the page says what lacks", async () => {
    const refused: unknown = await user.overview().catch((error: unknown) => error);
    expect(user.explain(refused)).toMatch(/^The embedded cloud does not allow it: .*user\/kim is not authorized to perform: \w+:\w+/);
  });

  test("to look: everything is shown, and nothing can be steered", async () => {
    await grant("look", policies[0]!);
    expect((await user.overview()).leaves[0]!.status.state).toBe("asleep");
    const { wakes, use, resources } = await user.leaf("hello");
    expect([Array.isArray(wakes), use?.unit, resources.length > 10]).toEqual([true, "bytes/s", true]);
    const nothing = new AbortController();
    nothing.abort();
    expect(await user.logs("hello", { since: 60 }, () => {}, nothing.signal)).toBe(true);
    const refused: unknown = await user.act("hello", "wake").catch((error: unknown) => error);
    expect(user.explain(refused)).toContain("is not authorized to perform: autoscaling:DeleteTags");
    expect((await user.overview()).leaves[0]!.status.state).toBe("asleep");
  });

  test("to steer, on top: it wakes and sleeps", async () => {
    await grant("steer", policies[1]!);
    expect(await user.act("hello", "wake")).toBe("hello is waking.");
    expect(await user.act("hello", "sleep")).toBe("hello is going to sleep.");
  });

  test("no request that src/operate makes lacks in them", () => {
    const allowed = policies
      .flatMap((text) => (JSON.parse(text) as { Statement: { Action: string | string[] }[] }).Statement)
      .flatMap(({ Action }) => Action);
    const alsoNamed = ["logs:GetLogEvents", "sns:ListSubscriptionsByTopic"];
    const made = readdirSync(join(root, "src/operate")).flatMap((file) => requestsIn(readFileSync(join(root, "src/operate", file), "utf8")));
    expect(made.length).toBeGreaterThan(20);
    expect(made.filter((action) => ![...allowed, ...alsoNamed].includes(action))).toEqual([]);
  });
});

/** IAM's actions of the requests that a file makes: `ecs:StopTask`. */
function requestsIn(source: string): string[] {
  const imports = [...source.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-([a-z0-9-]+)"/g)];
  return imports.flatMap(([, names, client]) =>
    [...names!.matchAll(/\b(?<!type )(\w+)Command\b/g)].map(
      ([, name]) => `${PREFIX[client!] ?? client}:${name === "Invoke" ? "InvokeFunction" : name}`,
    ),
  );
}
const PREFIX: Record<string, string> = {
  "application-auto-scaling": "application-autoscaling",
  "auto-scaling": "autoscaling",
  "cloudwatch-logs": "logs",
  "elastic-load-balancing-v2": "elasticloadbalancing",
  "route-53": "route53",
};

test("a cloud that goes away is a problem, once, and one that is back is news", async () => {
  const page = new Listener("events");
  await until(() => page.has("overview"), "the overview");
  const port = Number(new URL(world.cloud.url).port);
  await world.cloud.stop();
  const real = async (what: () => boolean): Promise<void> => {
    while (!what()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await real(() => page.has("problem"));
  expect(page.all("problem")).toEqual([{ message: "The embedded cloud does not answer. Start it again with: rouse up" }]);
  expect(await post("leaves/hello/wake")).toEqual({ status: 502, message: "The embedded cloud does not answer. Start it again with: rouse up" });
  again = await withCloud({ port });
  await real(() => page.has("recovered") && page.all("overview").length > 1);
  // It is a new one, with nothing in it.
  expect(page.overview()!.leaves[0]!.status.state).toBe("not deployed");
  expect(await readUse(world.project, world.leaf("hello"), world.connection, { minutes: 30 })).toBeNull();
  page.end();
});
