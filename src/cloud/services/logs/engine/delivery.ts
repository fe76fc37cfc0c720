import { gzip, gzipSync } from "node:zlib";
import { promisify } from "node:util";
import type { Clock } from "../../../core/clock.ts";
import { AwsError } from "../../../core/errors.ts";
import type { LambdaPort } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { StoredEvent, SubscriptionFilterRow } from "../state.ts";
import { eventId } from "./events.ts";

const compress = promisify(gzip);

/** How long a filter gathers events after a delivery, in the cloud's time. The first event goes at once. */
const GATHER_MS = 200;
/** Events of one delivery: with 256 KB of payload (Lambda's limit for asynchronous invocations) in mind. */
const MAX_EVENTS = 2000;
const MAX_BYTES = 512 * 1024;

/** How a delivery that failed is told; a subscription's failures reach nobody on AWS but its metrics. */
export type DeliveryErrorHandler = (error: unknown, filter: SubscriptionFilterRow) => void;

interface Route {
  waiting: StoredEvent[];
  /** Set while a timer gathers. */
  gathering: boolean;
}

/**
 * Hands matching events to Lambda, in the shape of "Example 2: Subscription filters with AWS Lambda" (CloudWatch Logs User
 * Guide). The first event of a stream is delivered at once; under load they are gathered, as AWS batches them.
 */
export class Delivery {
  private readonly clock: Clock;
  private readonly lambda: LambdaPort;
  private readonly onError: DeliveryErrorHandler;
  private readonly routes = new Map<string, Route>();

  constructor(clock: Clock, lambda: LambdaPort, onError: DeliveryErrorHandler) {
    this.clock = clock;
    this.lambda = lambda;
    this.onError = onError;
  }

  /** Queues events that a filter matched. */
  deliver(scope: Scope, stream: string, filter: SubscriptionFilterRow, events: readonly StoredEvent[]): void {
    const name = `${scope.account}|${scope.region}|${filter.group}:${filter.name}:${stream}`;
    let route = this.routes.get(name);
    if (!route) this.routes.set(name, (route = { waiting: [], gathering: false }));
    route.waiting.push(...events);
    if (!route.gathering) this.send(name, route, scope, stream, filter);
  }

  clear(): void {
    this.routes.clear();
  }

  private send(name: string, route: Route, scope: Scope, stream: string, filter: SubscriptionFilterRow): void {
    if (this.routes.get(name) !== route) return;
    if (route.waiting.length === 0) {
      this.routes.delete(name);
      return;
    }
    for (const batch of batches(route.waiting)) void this.clock.during(this.invoke(scope, stream, filter, batch));
    route.waiting = [];
    route.gathering = true;
    this.clock.setTimer(GATHER_MS, () => {
      route.gathering = false;
      this.send(name, route, scope, stream, filter);
    });
  }

  private async invoke(scope: Scope, stream: string, filter: SubscriptionFilterRow, events: readonly StoredEvent[]): Promise<void> {
    try {
      const data = {
        messageType: "DATA_MESSAGE",
        owner: scope.account,
        logGroup: filter.group,
        logStream: stream,
        subscriptionFilters: [filter.name],
        logEvents: events.map((event) => ({ id: eventId(event), timestamp: event.timestamp, message: event.message })),
      };
      await invokeAs(this.lambda, filter.destinationArn, scope, filter.group, { awslogs: { data: await encode(data) } });
    } catch (error) {
      this.onError(error, filter);
    }
  }
}

/** Characters that are packed sooner than another thread would take them up: a query that wakes a leaf is one line. */
const FEW = 16_384;

async function encode(data: object): Promise<string> {
  const text = JSON.stringify(data);
  return (text.length < FEW ? gzipSync(text) : await compress(text)).toString("base64");
}

function* batches(events: readonly StoredEvent[]): Generator<StoredEvent[]> {
  let batch: StoredEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (batch.length > 0 && (batch.length >= MAX_EVENTS || bytes + event.message.length > MAX_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += event.message.length;
  }
  if (batch.length > 0) yield batch;
}

/**
 * Invokes as CloudWatch Logs. A function's policy may name `logs.amazonaws.com` or the regional `logs.<region>.amazonaws.com`;
 * the source ARN ends in `:*` (hashicorp/terraform-provider-aws#16162: without the wildcard the permission does not hold).
 */
async function invokeAs(lambda: LambdaPort, functionArn: string, scope: Scope, group: string, payload: unknown): Promise<void> {
  const [global, regional] = principals(scope);
  const arn = sourceArn(scope, group);
  try {
    await lambda.invokeAsync(functionArn, payload, { principal: global, arn });
  } catch (error) {
    if (!(error instanceof AwsError) || !error.code.startsWith("AccessDenied")) throw error;
    await lambda.invokeAsync(functionArn, payload, { principal: regional, arn });
  }
}

/** The names under which CloudWatch Logs may be allowed in a function's policy. */
export const principals = (scope: Scope): [string, string] => ["logs.amazonaws.com", `logs.${scope.region}.amazonaws.com`];

/** What `aws:SourceArn` is when CloudWatch Logs calls for a log group. */
export const sourceArn = (scope: Scope, group: string): string => `arn:aws:logs:${scope.region}:${scope.account}:log-group:${group}:*`;
