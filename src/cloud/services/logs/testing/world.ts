import { gunzipSync } from "node:zlib";
import type { PutLogEventsResponse } from "@aws-sdk/client-cloudwatch-logs";
import { VirtualClock } from "../../../core/clock.ts";
import { AwsError } from "../../../core/errors.ts";
import { seededIds } from "../../../core/ids.ts";
import type { Call } from "../../../core/service.ts";
import { Store, type StoreBackend } from "../../../core/store.ts";
import { createLogs } from "../index.ts";

/** A world of CloudWatch Logs alone, for the tests of this folder. */

export const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:start";
export const call: Call = {
  account: "000000000000",
  region: "us-east-1",
  principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: "000000000000" },
  requestId: "r",
};

/** A backend that keeps rows like a disk does: as copies. */
export function memoryDisk(): StoreBackend & { rows: Map<string, string> } {
  const rows = new Map<string, string>();
  return {
    rows,
    load: () => [...rows].map(([name, row]) => ({ table: name.split("\n")[0]!, key: name.split("\n")[1]!, row: JSON.parse(row) as unknown })),
    put: (table, key, row) => void rows.set(`${table}\n${key}`, JSON.stringify(row)),
    remove: (table, key) => void rows.delete(`${table}\n${key}`),
    clear: async () => rows.clear(),
    close: async () => {},
  };
}

export function setup(
  options: { disk?: StoreBackend; clock?: VirtualClock; allowed?: (service: string, sourceArn: string) => boolean; functionMissing?: boolean } = {},
) {
  const clock = options.clock ?? new VirtualClock();
  const invocations: {
    functionArn: string;
    data: { logStream: string; logEvents: { id: string; message: string; timestamp: number }[] };
    principal: string;
    at: number;
  }[] = [];
  const metrics: { namespace: string; name: string; value: number; dimensions: Record<string, string> }[] = [];
  const failures: unknown[] = [];
  const logs = createLogs({
    store: new Store(options.disk),
    clock,
    ids: seededIds(),
    api: {
      call: async (_service, operation) => {
        if (operation !== "GetPolicy" || options.functionMissing) throw new AwsError("ResourceNotFoundException", "Function not found");
        return { Policy: "the policy" } as never;
      },
    },
    lambda: {
      invokeAsync: async (functionArn, payload, source) => {
        if (options.allowed && !options.allowed(source.principal, source.arn!)) throw new AwsError("AccessDeniedException", "no", { status: 403 });
        const { awslogs } = payload as { awslogs: { data: string } };
        invocations.push({
          functionArn,
          data: JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")).toString()),
          principal: source.principal,
          at: clock.now(),
        });
      },
      invokeSync: async () => ({ payload: null }),
    },
    metrics: {
      put: (_scope, namespace, data) => void metrics.push(...data.map(({ name, value, dimensions }) => ({ namespace, name, value, dimensions }))),
    },
    policyAllows: (_policy, request) => options.allowed?.(request.service, request.context["aws:SourceArn"]!) ?? true,
    onDeliveryError: (error) => void failures.push(error),
  });
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- says what a test expects of an untyped table
  const run = <T = unknown>(operation: string, input: object): T => logs.operations[operation]!(input, call) as T;
  return { clock, logs, run, invocations, metrics, failures };
}

export type World = ReturnType<typeof setup>;

export const group = (world: World, name = "/aws/route53/example.com"): string => {
  world.run("CreateLogGroup", { logGroupName: name });
  world.run("CreateLogStream", { logGroupName: name, logStreamName: "s" });
  return name;
};
export const put = (world: World, logGroupName: string, messages: string[], at = world.clock.now()): PutLogEventsResponse =>
  world.run("PutLogEvents", { logGroupName, logStreamName: "s", logEvents: messages.map((message) => ({ timestamp: at, message })) });
export const messagesOf = (response: { events?: { message?: string }[] }): (string | undefined)[] =>
  (response.events ?? []).map((event) => event.message);
