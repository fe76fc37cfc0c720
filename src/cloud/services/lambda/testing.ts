import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InvocationRequest, InvocationResponse } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { type Clock, VirtualClock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import { seededIds } from "../../core/ids.ts";
import type { Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { createLambda, type LambdaDeps } from "./index.ts";

export const ROLE = "arn:aws:iam::000000000000:role/function-role";

/** Lambda with what surrounds it recorded: for tests of what it does by itself. */
export interface World {
  lambda: ReturnType<typeof createLambda>;
  deps: LambdaDeps;
  /** What was written to CloudWatch Logs. */
  logs: { group: string; stream: string; message: string; timestamp: number }[];
  metrics: { name: string; value: number; dimensions: Record<string, string> }[];
  /** Calls to other services. */
  calls: { service: string; operation: string; input: Record<string, unknown>; as?: string }[];
  said: string[];
  /** Actions that the role may not do. */
  denied: Set<string>;
  call(operation: string, input: object, account?: string): Promise<unknown>;
  create(name: string, files: Record<string, string>, more?: object): Promise<void>;
  invoke(name: string, event?: unknown, more?: Partial<InvocationRequest>): Promise<InvocationResponse & { body: unknown; log: string }>;
  end(): Promise<void>;
}

export async function lambdaWorld(options: { clock?: Clock; store?: Store; dataDir?: string } = {}): Promise<World> {
  const clock = options.clock ?? new VirtualClock();
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "rouse-lambda-"));
  const ids = seededIds();
  const world = { logs: [], metrics: [], calls: [], said: [], denied: new Set() } as unknown as World;
  const deps: LambdaDeps = {
    store: options.store ?? new Store(),
    clock,
    ids,
    api: {
      call: async (service, operation, input, _scope, as) => {
        world.calls.push({ service, operation, input: input as Record<string, unknown>, ...(as ? { as: as.arn } : {}) });
        return {} as never;
      },
    },
    assets: { put: () => {}, get: () => undefined },
    credentials: { issue: () => ({ accessKeyId: "ASIATEST", secretAccessKey: "secret", sessionToken: "token", expiresAt: clock.now() + 3_600_000 }) },
    logs: { write: (_scope, group, stream, lines) => world.logs.push(...lines.map((line) => ({ group, stream, ...line }))) },
    metrics: { put: (_scope, _namespace, data) => world.metrics.push(...data) },
    iam: {
      authorize: (_principal, needs) => {
        if (needs.some(({ action }) => world.denied.has(action))) throw new AwsError("AccessDenied", "no");
      },
      canAssume: (role) => role === ROLE,
      allowsService: (policy, service) => policy.includes(`"Service":"${service}"`),
    },
    endpoint: () => "http://127.0.0.1:9",
    dataDir,
    log: (line) => void world.said.push(line),
  };
  const lambda = createLambda(deps);
  await lambda.start!();
  const callFor = (account = "000000000000"): Call => ({
    account,
    region: "us-west-2",
    principal: { kind: "root", arn: `arn:aws:iam::${account}:root`, account },
    requestId: ids.uuid(),
  });
  const call = async (operation: string, input: object, account?: string): Promise<unknown> => lambda.operations[operation]!(input, callFor(account));
  return Object.assign(world, {
    lambda,
    deps,
    call,
    async create(name: string, files: Record<string, string>, more: object = {}): Promise<void> {
      const ZipFile = zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])));
      await call("CreateFunction", { FunctionName: name, Runtime: "nodejs22.x", Handler: "index.handler", Role: ROLE, Code: { ZipFile }, ...more });
    },
    async invoke(name: string, event: unknown = {}, more: Partial<InvocationRequest> = {}) {
      const input = { FunctionName: name, Payload: Buffer.from(JSON.stringify(event)), LogType: "Tail", ...more };
      const answer = (await call("Invoke", input)) as InvocationResponse;
      const text = Buffer.from(answer.Payload ?? []).toString();
      return {
        ...answer,
        body: text === "" ? undefined : (JSON.parse(text) as unknown),
        log: Buffer.from(answer.LogResult ?? "", "base64").toString(),
      };
    },
    async end(): Promise<void> {
      await lambda.stop!();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  });
}
