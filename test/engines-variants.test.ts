import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { ACMClient, ListCertificatesCommand } from "@aws-sdk/client-acm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Deployed } from "./support/deployed.ts";
import { addressOf } from "./support/dns.ts";
import { ask, AUTH, call, ENGINE_BASE, enginesWorld, putEvent, ruleOf, targetsOf, tasksIn } from "./support/engines.ts";
import { everyInstance, groupOf, mailsTo, MINUTE } from "./support/facts.ts";

/** Engines on everything that they may run on, with volumes, with an image that is not there, and behind HTTPS. */

const of = (name: string, more = ""): string => AUTH.replace("/api/auth/*", `/api/${name}/*`).concat(more);
const FARGATE = "compute: { on: fargate, cpu: 256, memory: 512 }";

/** Counts its starts in its volume. */
const COUNTER = `
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const file = process.env.ROUSE_VOLUME_DATA_0 + "/starts";
const starts = Number(existsSync(file) ? readFileSync(file, "utf8") : 0) + 1;
writeFileSync(file, String(starts));
require("node:http").createServer((req, res) => res.end(JSON.stringify({ starts }))).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

interface Started {
  statusCode: number;
  body: { taskArn: string; privateIp: string; port: number; healthStatus: string; error?: string };
}

describe("an engine", () => {
  let world: Deployed;
  beforeAll(async () => {
    world = await enginesWorld(
      {
        box: of("box").replace(FARGATE, "compute: { on: ec2, instanceType: t4g.nano }"),
        spot: of("spot").replace(FARGATE, "compute: { on: fargate-spot }"),
        counter: of("counter", "volumes: { data: { paths: [/data], backups: false, keepOnDelete: false } }\n").replace("engine.cjs", "counter.cjs"),
        // Child processes have no images: without a process it is one that cannot be pulled.
        lost: of("lost").replace(/^process: .*\n/m, ""),
      },
      { "counter.cjs": COUNTER },
    );
  }, 120_000);
  afterAll(() => world?.end());

  const start = (detail: object) => call<Started>(world, "arcade-start-engines", { ...detail, waitForHealthy: true });
  const sleep = async (leaf: string): Promise<void> => {
    await call(world, "arcade-stop-engines", { service: leaf });
    await world.until(leaf, "asleep");
  };

  test("on an instance has none while it sleeps, and a port of the instance while it runs", async () => {
    expect(await everyInstance(world)).toEqual([]);
    const { statusCode, body } = await start({ service: "box" });
    expect(statusCode, body.error).toBe(200);
    const [instance] = await everyInstance(world);
    expect(body).toMatchObject({ privateIp: instance!.PrivateIpAddress, healthStatus: "healthy" });
    expect(body.port).toBeGreaterThanOrEqual(32_768);
    expect(await targetsOf(world, "box")).toEqual([`${instance!.PrivateIpAddress}:${body.port} healthy`]);
    const answer = await ask(world, "/api/box/x");
    expect([answer.status, answer.json().url]).toEqual([200, "/api/box/x"]);

    await sleep("box");
    expect(await targetsOf(world, "box")).toEqual([]);
    await world.cloud.clock.advanceUntil(async () => (await groupOf(world, "box")).instances.length === 0, 40 * MINUTE, "no instance");
    expect((await groupOf(world, "box")).desired).toBe(0);
    expect((await everyInstance(world)).map(({ State }) => State!.Name)).toEqual(["terminated"]);
  });

  test("on an instance is woken by a request, too", async () => {
    const answer = await ask(world, "/api/box/y");
    expect([answer.status, answer.json().url]).toEqual([200, "/api/box/y"]);
    expect((await everyInstance(world)).filter(({ State }) => State!.Name === "running")).toHaveLength(1);
    await sleep("box");
  });

  test("on spot capacity runs there", async () => {
    const answer = await ask(world, "/api/spot/");
    expect(answer.status).toBe(200);
    expect(await tasksIn(world, "arcade-spot")).toMatchObject([{ capacityProviderName: "FARGATE_SPOT" }]);
    await sleep("spot");
  });

  test("with a volume has its data after it has slept", async () => {
    for (const starts of [1, 2, 3]) {
      expect(JSON.parse((await ask(world, "/api/counter/")).body)).toEqual({ starts });
      await sleep("counter");
    }
  });

  test("whose image cannot be pulled says so, and is not tried for ever", async () => {
    const before = mailsTo(world, "friend@example.com").length;
    const { statusCode, body } = await start({ service: "lost" });
    expect([statusCode, body.error]).toEqual([500, expect.stringMatching(/could not start: .*CannotPullContainerError/)]);
    await putEvent(world, "Start ECS Task", { service: "lost" });
    await world.cloud.clock.advance(MINUTE);
    await start({ service: "lost" });
    const answer = await start({ service: "lost" });
    expect([answer.statusCode, answer.body.error]).toEqual([500, expect.stringMatching(/keeps crashing: .*CannotPullContainerError/)]);
    expect((await world.status("lost")).state).toBe("crashed");
    expect(await tasksIn(world, "arcade-lost", "STOPPED")).toHaveLength(3);
    await world.cloud.clock.advance(MINUTE);
    expect(mailsTo(world, "friend@example.com").slice(before)).toEqual([expect.stringContaining("lost")]);
  });
});

describe("a load balancer with a domain", () => {
  let world: Deployed;
  beforeAll(async () => {
    world = await enginesWorld(
      { auth: AUTH },
      { "rouse.yaml": `${ENGINE_BASE}domain: { name: example.com, hostedZoneId: Z1234567890 }\nloadBalancer: { domain: api.example.com }\n` },
    );
  }, 120_000);
  afterAll(() => world?.end());

  const portOf = (protocol: string): number => {
    const listener = world.cloud.loadBalancers()[0]!.listeners.find(({ url }) => url.startsWith(`${protocol}:`));
    return Number(new URL(listener!.url).port);
  };

  interface Answered {
    status: number;
    location?: string;
    body: string;
  }

  /** Over TLS, whose certificate is verified as a client does. */
  async function secure(path: string, headers: Record<string, string> = {}): Promise<Answered> {
    let done = false;
    const asking = new Promise<Answered>((resolve, reject) => {
      const ca = readFileSync(join(world.cloud.dataDir, "ca", "ca.pem"));
      const options = { host: "127.0.0.1", port: portOf("https"), path, servername: "api.example.com", ca, agent: false, headers };
      const asked = request(options, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve({ status: response.statusCode!, location: response.headers.location, body }));
        response.on("error", reject);
      });
      asked.on("error", reject);
      asked.end();
    }).finally(() => (done = true));
    asking.catch(() => {});
    await world.cloud.clock.advanceUntil(() => done, 5 * MINUTE, `an answer to ${path}`);
    return asking;
  }

  test("has a certificate for it, and its name leads there", async () => {
    const { CertificateSummaryList } = await world.cloud.client(ACMClient).send(new ListCertificatesCommand({}));
    expect(CertificateSummaryList).toMatchObject([{ DomainName: "api.example.com", Status: "ISSUED", InUse: true }]);
    expect(await addressOf(world.cloud.dns, "api.example.com")).toBe("127.0.0.1");
  });

  test("answers over TLS, and wakes", async () => {
    const host = `api.example.com:${portOf("https")}`;
    const held = await secure("/api/auth/first", { host });
    // The doorman sends the client back to the same address.
    expect([held.status, held.location]).toEqual([307, "/api/auth/first"]);
    const answer = await secure("/api/auth/first", { host });
    expect(answer.status).toBe(200);
    expect((JSON.parse(answer.body) as { headers: object }).headers).toMatchObject({ host, "x-forwarded-proto": "https" });
    expect((await world.status("auth")).address).toContain("https://api.example.com");
  });

  test("sends HTTP to HTTPS, at the port where that is", async () => {
    const url = `http://127.0.0.1:${portOf("http")}/api/auth/a%20b?c=d`;
    const answer = await fetch(url, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([301, `https://127.0.0.1:${portOf("https")}/api/auth/a%20b?c=d`]);
    expect(await ruleOf(world, "/api/auth/*")).toBe("service");
  });
});
