import { AwsError } from "../../core/errors.ts";
import { parseArn, type Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { type QueueRow, queues } from "./state.ts";

/** Not in the model, but what SQS answers to a value out of range (SQS API reference, "Common Error Types"). */
export const invalidValue = (message: string): AwsError => new AwsError("InvalidParameterValue", message);

export const missingValue = (name: string): AwsError => new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);

export const noSuchQueue = (): AwsError => new AwsError("QueueDoesNotExist", "The specified queue does not exist.");

/** A queue, and where it lives. */
export interface Found {
  scope: Scope;
  queue: QueueRow;
}

/**
 * Account and name of a queue: the last two parts of its URL's path. The host is not looked at: the cloud may have got
 * another port since the URL was given out. As with AWS, a bare name does, too.
 */
export function parseUrl(url: string, at: Scope): { scope: Scope; name: string } {
  const [name = "", account] = url.split("?", 1)[0]!.split("/").filter(Boolean).reverse();
  return { scope: { account: account && /^\d{12}$/.test(account) ? account : at.account, region: at.region }, name };
}

/** @throws AwsError QueueDoesNotExist, MissingParameter */
export function requireQueue(store: Store, url: string | undefined, at: Scope): Found {
  if (!url) throw missingValue("QueueUrl");
  const { scope, name } = parseUrl(url, at);
  const queue = queues(store, scope).get(name);
  if (!queue) throw noSuchQueue();
  return { scope, queue };
}

/** The queue with that ARN; undefined where there is none, or it is no queue's. */
export function queueByArn(store: Store, queueArn: string): Found | undefined {
  const parts = parseArn(queueArn);
  if (parts?.service !== "sqs") return undefined;
  const scope = { account: parts.account, region: parts.region };
  const queue = queues(store, scope).get(parts.resource);
  return queue && { scope, queue };
}
