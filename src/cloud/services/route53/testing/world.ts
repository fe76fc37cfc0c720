import { VirtualClock, type Clock } from "../../../core/clock.ts";
import { seededIds } from "../../../core/ids.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { Store } from "../../../core/store.ts";
import { createRoute53 } from "../index.ts";

/** A world of Route 53 alone, for the tests of this folder. */

export const call: Call = {
  account: "000000000000",
  region: "aws-global",
  principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: "000000000000" },
  requestId: "r",
};

export interface LogLine {
  scope: Scope;
  group: string;
  stream: string;
  message: string;
}

export function setup(options: { clock?: Clock; policyAllows?: boolean; groups?: string[]; loadBalancers?: Record<string, string[]> } = {}) {
  const lines: LogLine[] = [];
  const asked: { service: string; action: string; resource: string; context: Record<string, string> }[] = [];
  const clock = options.clock ?? new VirtualClock();
  const route53 = createRoute53({
    store: new Store(),
    clock,
    ids: seededIds(),
    api: {
      call: async (_service, operation) =>
        (operation === "DescribeLogGroups"
          ? { logGroups: (options.groups ?? ["/aws/route53/example.com"]).map((logGroupName) => ({ logGroupName })) }
          : { resourcePolicies: [{ policyDocument: "{}" }] }) as never,
    },
    logs: { write: (scope, group, stream, written) => void lines.push(...written.map(({ message }) => ({ scope, group, stream, message }))) },
    policyAllows: (_policy, request) => {
      asked.push(request);
      return options.policyAllows ?? true;
    },
    loadBalancers: { addressesOf: (name) => options.loadBalancers?.[name.replace(/\.$/, "").replace(/^dualstack\./, "")] },
    dns: {},
    edge: "FRA6",
  });
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- says what a test expects of an untyped table
  const run = <T = unknown>(operation: string, input: object): T => route53.operations[operation]!(input, call) as T;
  route53.seedHostedZone("example.com", "Z123412341234");
  return { route53, run, lines, asked, clock };
}

export type World = ReturnType<typeof setup>;

/** Sets one record set of the zone `example.com`. */
export function upsert(
  world: World,
  Name: string,
  Type: string,
  values: string[],
  options: { TTL?: number; Action?: string; zone?: string } = {},
): void {
  const ResourceRecordSet = { Name, Type, TTL: options.TTL ?? 60, ResourceRecords: values.map((Value) => ({ Value })) };
  world.run("ChangeResourceRecordSets", {
    HostedZoneId: options.zone ?? "Z123412341234",
    ChangeBatch: { Changes: [{ Action: options.Action ?? "UPSERT", ResourceRecordSet }] },
  });
}
