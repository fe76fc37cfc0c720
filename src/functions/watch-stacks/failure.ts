import { createHash } from "node:crypto";

/** A stack event, as far as it matters (AWS CloudFormation API reference, StackEvent). */
export interface SeenEvent {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Its own where it is the stack's. */
  readonly physicalId: string;
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

export interface Failure {
  /** The same for every event of the same operation. */
  readonly id: string;
  readonly what: "create" | "update" | "delete" | "import";
  /** The resource that failed first; absent where none did (somebody cancelled, say). */
  readonly resource?: SeenEvent;
  /** Why, in CloudFormation's words. */
  readonly reason: string;
}

const STARTS: Readonly<Record<string, Failure["what"]>> = {
  CREATE_IN_PROGRESS: "create",
  UPDATE_IN_PROGRESS: "update",
  DELETE_IN_PROGRESS: "delete",
  IMPORT_IN_PROGRESS: "import",
};

const NEAR_MS = 2000;

/** What CloudFormation says of resources that it stopped because another one had failed. */
const CANCELLED = /^Resource (?:creation|update|deletion) cancelled$/i;

/**
 * Which operation of a stack failed, and why.
 * @param events of the stack, the newest first
 * @param ended the status in which it ended, and when: there may be another operation since then
 */
export function failureOf(
  stackId: string,
  events: readonly SeenEvent[],
  ended: { readonly status: string; readonly at: number },
): Failure | undefined {
  const isOwn = ({ physicalId, type }: SeenEvent): boolean => physicalId === stackId && type === "AWS::CloudFormation::Stack";
  // EventBridge tells whole seconds, and its clock and CloudFormation's may differ by a little.
  const end = events.findIndex((event) => isOwn(event) && event.status === ended.status && event.at < ended.at + NEAR_MS);
  if (end === -1) return undefined;
  const start = events.findIndex((event, index) => index > end && isOwn(event) && event.status in STARTS);
  if (start === -1) return undefined;
  const during = events.slice(end, start + 1).toReversed();
  const failed = during.filter((event) => !isOwn(event) && event.status.endsWith("_FAILED"));
  const resource = failed.find(({ reason = "" }) => !CANCELLED.test(reason)) ?? failed[0];
  const own = during.find((event) => isOwn(event) && /FAILED|ROLLBACK/.test(event.status) && event.reason);
  const id = createHash("sha256").update(`${stackId} ${events[start]!.id}`).digest("hex").slice(0, 32);
  return {
    id,
    what: STARTS[events[start]!.status]!,
    ...(resource ? { resource } : {}),
    reason: resource?.reason ?? own?.reason ?? "CloudFormation does not say why",
  };
}
