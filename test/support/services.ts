import { rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { DescribeServicesCommand, ECSClient, type Service } from "@aws-sdk/client-ecs";
import { VirtualClock } from "../../src/cloud/core/clock.ts";
import type { TestClock } from "../../src/cloud/testing/with-cloud.ts";
import { type Deployed, deployed } from "./deployed.ts";

/** Services that are always on, for tests. */

export const SERVICE_BASE = `
name: arcade
region: us-west-2
vpc: { maxAzs: 2 }
domain: { name: example.com, hostedZoneId: Z1234567890 }
alerts: { email: [admin@example.com] }
environments: { local: {} }
`;

/** Answers with its version and its process; ends, fails its checks or burns its CPU as its environment says. */
export const SERVICE = `
const http = require("node:http");
const { VERSION = "1", CRASH, SICK } = process.env;
if (CRASH) { console.log("no database"); process.exit(3); }
if (process.env.PORT === undefined) setInterval(() => console.log("working"), 1000);
else {
  const server = http.createServer((req, res) => {
    if (req.url === "/health") return res.writeHead(SICK ? 500 : 200).end();
    if (req.url.endsWith("/exit")) process.exit(4);
    setTimeout(() => res.end(JSON.stringify({ version: VERSION, pid: process.pid, host: req.headers.host })), 20);
  });
  server.keepAliveTimeout = 60000;
  server.listen(Number(process.env.PORT), "127.0.0.1");
}
process.on("SIGTERM", () => process.exit(0));
`;

export const service = (more = ""): string => `
wake: always
image: service
ports: [8080/tcp]
compute: { on: fargate, cpu: 256, memory: 512 }
process: { command: [node, ../service.cjs] }
health: { path: /health }
drain: 2s
${more}
`;

export const WORKER = `
wake: always
image: worker
compute: { on: fargate, cpu: 256, memory: 512 }
process: { command: [node, ../service.cjs] }
`;

const filesOf = (leaves: Record<string, string>): Record<string, string> => ({
  "rouse.yaml": SERVICE_BASE,
  "service.cjs": SERVICE,
  ...Object.fromEntries(Object.entries(leaves).map(([name, text]) => [`leaves/${name}.yaml`, text])),
});

export function servicesWorld<C extends TestClock>(leaves: Record<string, string>, clock: C): Promise<Deployed<C>>;
export function servicesWorld(leaves: Record<string, string>): Promise<Deployed>;
export function servicesWorld(leaves: Record<string, string>, clock: TestClock = new VirtualClock()): Promise<Deployed<TestClock>> {
  return deployed(filesOf(leaves), { clock });
}

/** Writes a leaf's file anew; `redeploy` deploys it. */
export const rewrite = (world: Deployed<TestClock>, leaf: string, text: string): void =>
  writeFileSync(join(world.directory, "leaves", `${leaf}.yaml`), text);

export const remove = (world: Deployed<TestClock>, leaf: string): void => rmSync(join(world.directory, "leaves", `${leaf}.yaml`));

export async function serviceOf(world: Deployed<TestClock>, leaf: string): Promise<Service> {
  const name = `arcade-${leaf}`;
  const { services } = await world.cloud.client(ECSClient).send(new DescribeServicesCommand({ cluster: name, services: [name] }));
  return services![0]!;
}

/** The listener of a load balancer on this machine: `http://127.0.0.1:40001`. */
export const listenerOf = (world: Deployed<TestClock>, port: number, scheme = "internet-facing"): string =>
  world.cloud
    .loadBalancers()
    .find((one) => one.scheme === scheme)!
    .listeners.find((one) => one.port === port)!.url;

export interface Got {
  status: number;
  location?: string;
  /** Subject of the certificate. */
  certificate?: string;
  body: string;
  json(): { version: string; pid: number; host: string };
}

/** One GET with a host of its own choice, over TLS too: `ca` is the authority that must have signed. */
export function get(url: string, { host, ca }: { host?: string; ca?: string } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { agent: false as const, headers: host ? { host } : {}, ...(host ? { servername: host } : {}), ...(ca ? { ca } : {}) };
    const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, options, (response) => {
      let body = "";
      const socket = response.socket as unknown as { getPeerCertificate?: () => { subject?: { CN?: string }; subjectaltname?: string } };
      const certificate = socket.getPeerCertificate?.().subjectaltname;
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("error", reject).on("end", () =>
        resolve({
          status: response.statusCode!,
          ...(response.headers.location ? { location: response.headers.location } : {}),
          ...(certificate ? { certificate } : {}),
          body,
          json: () => JSON.parse(body) as ReturnType<Got["json"]>,
        }),
      );
    });
    request.on("error", reject).end();
  });
}
