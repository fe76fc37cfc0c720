import { isAbsolute } from "node:path";
import type { Clock } from "../core/clock.ts";
import { progressLines } from "./progress-lines.ts";
import type { WireRequest, WireResponse } from "../wire/protocol.ts";

export interface InternalDeps {
  reset: () => Promise<void>;
  /** CloudFormation, whose custom resources answer over HTTP. */
  deployer: { completeCustomResource(token: string, body: string): boolean };
  /** ECS, whose tasks ask for the credentials of their roles. */
  tasks: { taskCredentials(taskId: string, authorization: string | undefined): object | undefined };
  /** Fargate's spare capacity, which whoever tries out a project can take away. */
  spot: { available(): boolean; setAvailable(available: boolean): void; interrupt(taskArn?: string): string[] };
  /** ECR is told of an image that the container engine has; false where the engine has none of that name. */
  handOver: (image: string) => Promise<boolean>;
  clock: Clock;
  /** What `GET /_cloud/load-balancers` answers: their names, and where their listeners are on this machine. */
  loadBalancers: () => object[];
  /** What `POST /_cloud/deploy` and `POST /_cloud/destroy` do: see `Cloud`. */
  deploy: AssemblyWork;
  destroy: AssemblyWork;
  seedHostedZone: (name: string, id: string) => void;
}

type AssemblyWork = (assemblyDir: string, onProgress: (progress: object) => void) => Promise<object>;

const json = (status: number, body: object): WireResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: `${JSON.stringify(body)}\n`,
});

/** What the cloud answers beside the AWS protocols, under `/_cloud/`; undefined for every other path. */
export function internalRoutes(deps: InternalDeps): (request: WireRequest) => Promise<WireResponse | undefined> {
  return async (request) => {
    const { method, path, headers, body } = request;
    if (!path.startsWith("/_cloud/")) return undefined;
    // Browsers name the page that a request comes from. No page has business here, and one from anywhere could wipe the state.
    if (headers["origin"] !== undefined) return json(403, { error: "not for web pages" });
    if (method === "POST" && path === "/_cloud/reset") {
      await deps.reset();
      return json(200, { reset: true });
    }
    if (path === "/_cloud/spot" && (method === "GET" || method === "POST")) return spot(deps, method === "POST" ? body.toString("utf8") : "{}");
    if (method === "POST" && (path === "/_cloud/deploy" || path === "/_cloud/destroy")) return onAssembly(deps, request);
    if (method === "GET" && path === "/_cloud/time") return json(200, { now: new Date(deps.clock.now()).toISOString(), mode: deps.clock.mode });
    if (method === "GET" && path === "/_cloud/load-balancers") return json(200, deps.loadBalancers());
    if (method === "PUT" && path.startsWith("/_cloud/cfn-response/")) {
      const known = deps.deployer.completeCustomResource(path.slice("/_cloud/cfn-response/".length), body.toString("utf8"));
      return known ? json(200, {}) : json(404, { error: "nobody waits for that response" });
    }
    if (method === "POST" && path === "/_cloud/images") {
      const image = body.toString("utf8");
      return (await deps.handOver(image)) ? json(200, { image }) : json(404, { error: `the container engine has no image ${image}` });
    }
    if (method === "GET" && path.startsWith("/_cloud/task-credentials/")) {
      const found = deps.tasks.taskCredentials(path.slice("/_cloud/task-credentials/".length), headers["authorization"]);
      return found ? json(200, found) : json(403, { code: "AccessDenied", message: "no task has this token" });
    }
    return json(404, {
      error: `no such path; there are POST /_cloud/reset, /_cloud/deploy and /_cloud/destroy, GET and POST /_cloud/spot, GET /_cloud/time and GET /_cloud/load-balancers`,
    });
  };
}

/** `{"available": false}`, `{"interrupt": "all" | "<task ARN>"}`, or both; answers what is so afterwards. */
function spot({ spot: market }: InternalDeps, text: string): WireResponse {
  let wanted: unknown;
  try {
    wanted = JSON.parse(text);
  } catch {
    return json(400, { error: "the body must be JSON" });
  }
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return json(400, { error: "the body must be an object" });
  const { available, interrupt, ...rest } = wanted as { available?: unknown; interrupt?: unknown };
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return json(400, { error: `there is no "${unknown}"; there are "available" and "interrupt"` });
  if (available !== undefined && typeof available !== "boolean") return json(400, { error: `"available" must be true or false` });
  if (interrupt !== undefined && typeof interrupt !== "string") return json(400, { error: `"interrupt" must be "all" or the ARN of a task` });
  if (available !== undefined) market.setAvailable(available);
  const interrupted = interrupt === undefined ? [] : market.interrupt(interrupt === "all" ? undefined : interrupt);
  return json(200, { available: market.available(), ...(interrupt === undefined ? {} : { interrupted }) });
}

/**
 * `{"assembly": "<folder of a cloud assembly on this machine>", "hostedZones": [{"name", "id"}]}`: lines of JSON, each what
 * happens to a stack; the last is `{"result": …}` or `{"error": "…"}`.
 */
function onAssembly(deps: InternalDeps, { path, body, letTimePass }: WireRequest): WireResponse {
  const asked = read(body.toString("utf8"));
  if (typeof asked?.assembly !== "string" || !isAbsolute(asked.assembly))
    return json(400, { error: "assembly: the absolute path of a cloud assembly" });
  const { assembly, hostedZones = [] } = asked;
  for (const { name, id } of hostedZones) deps.seedHostedZone(name, id);
  const work = path.endsWith("/deploy") ? deps.deploy : deps.destroy;
  const lines = progressLines((onProgress) => {
    const working = work(assembly, onProgress);
    // Virtual time stands still while an answer is on its way, and a deployment waits for it.
    return letTimePass ? letTimePass(working) : working;
  });
  return { status: 200, headers: { "content-type": "application/x-ndjson" }, body: lines };
}

function read(text: string): { assembly?: unknown; hostedZones?: { name: string; id: string }[] } | undefined {
  try {
    return JSON.parse(text) as ReturnType<typeof read>;
  } catch {
    return undefined;
  }
}
