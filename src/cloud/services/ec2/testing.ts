import { VirtualClock } from "../../core/clock.ts";
import { seededIds } from "../../core/ids.ts";
import type { EventsPort, MetricsPort } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import type { Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { imagesOf } from "./catalog/images.ts";
import { createEc2, type Ec2Options } from "./index.ts";

export const SCOPE: Scope = { account: "000000000000", region: "us-west-2" };
const CALL: Call = { ...SCOPE, principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: SCOPE.account }, requestId: "1" };

export type Datum = Parameters<MetricsPort["put"]>[2][number];

/** EC2 by itself, with what it tells the others written down. For tests. */
export function ec2Alone(options: Partial<Ec2Options> = {}) {
  const clock = (options.clock as VirtualClock | undefined) ?? new VirtualClock();
  const store = options.store ?? new Store();
  const events: Parameters<EventsPort["emit"]>[1][] = [];
  const metrics: Datum[] = [];
  const ec2 = createEc2({
    store,
    clock,
    ids: seededIds(),
    api: { call: () => Promise.reject(new Error("no other service here")) },
    events: { emit: (_scope, event) => void events.push(event) },
    metrics: { put: (_scope, _namespace, data) => void metrics.push(...data) },
    iam: {
      instanceProfile: (_account, by) =>
        by.name === "profile" ? { arn: "arn:profile", id: "AIPA", roleArn: "arn:aws:iam::000000000000:role/host" } : undefined,
    },
    platform: "linux",
    firstAddress: 0,
    ...options,
  });
  /** Calls an operation; the answer is loosely typed, as a test reads it. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of every operation
  const act = async (operation: string, input: object = {}, call: Partial<Call> = {}): Promise<any> =>
    await ec2.operations[operation]!(input, { ...CALL, ...call });
  return { ec2, clock, store, events, metrics, act };
}

export const AMI = imagesOf(SCOPE.region).find(({ name }) => name.startsWith("al2023-ami-ecs") && name.endsWith("x86_64"))!.id;
export const ARM_AMI = imagesOf(SCOPE.region).find(({ name }) => name.startsWith("al2023-ami-ecs") && name.endsWith("arm64"))!.id;

/** The code of the error that a call ends with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "nothing thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
