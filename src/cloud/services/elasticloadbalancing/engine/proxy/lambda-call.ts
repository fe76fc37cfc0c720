import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "../../../../core/errors.ts";
import type { Client, Work } from "./client.ts";
import type { GroupCounters } from "./counters.ts";
import type { Front } from "./front.ts";
import { type Inbound, Refused } from "./inbound.ts";
import { LAMBDA_LIMIT, answerOf } from "./lambda-answer.ts";
import { type AlbEvent, eventOf } from "./lambda-event.ts";
import type { Added } from "./outbound.ts";
import { ANSWER_GRACE_MS, type Flow } from "./pacing.ts";
import type { OwnAnswer } from "./respond.ts";
import type { Abortable, Target } from "./target.ts";

/** A request that a Lambda function answers. */
export class LambdaCall implements Work, Abortable {
  /** While the function runs: "The load balancer waits until your Lambda function responds or times out." */
  patient = false;
  slot = -1;
  private readonly front: Front;
  private readonly client: Client;
  private readonly req: IncomingMessage;
  private readonly res: ServerResponse;
  private readonly inbound: Inbound;
  private readonly added: Added;
  private readonly target: Target;
  private readonly flow: Flow | undefined;
  private over = false;

  constructor(
    front: Front,
    from: { client: Client; req: IncomingMessage; res: ServerResponse },
    to: { target: Target; inbound: Inbound; added: Added },
  ) {
    this.front = front;
    this.client = from.client;
    this.req = from.req;
    this.res = from.res;
    this.target = to.target;
    this.inbound = to.inbound;
    this.added = to.added;
    this.flow = front.pacing?.begin(ANSWER_GRACE_MS);
    if (this.flow) this.res.once("close", () => this.flow!.end());
  }

  private get counters(): GroupCounters {
    return this.front.counters.group(this.target.group.plan.fullName);
  }

  start(now: number): void {
    this.counters.requests++;
    this.client.begin(this, now);
    this.target.begin(this);
    void this.run();
  }

  private async run(): Promise<void> {
    try {
      const body = await this.readBody();
      if (this.over) return;
      // "HTTP 413: The target is a Lambda function and the request body exceeds 1 MB" (LambdaRequestTooLarge).
      if (!body) return this.userError(413);
      await this.invoke(this.eventWith(body), body.length);
    } catch (error) {
      if (error instanceof Refused) return this.userError(error.status);
      this.front.log(
        `rouse: load balancer ${this.front.counters.fullName}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      this.internalError();
    }
  }

  /** The whole body, or undefined when it is too large. Never resolves for a client that has gone. */
  private readBody(): Promise<Buffer | undefined> {
    if (this.inbound.body === 0) return Promise.resolve(Buffer.alloc(0));
    if (this.inbound.body !== "chunked" && this.inbound.body > LAMBDA_LIMIT) return Promise.resolve(undefined);
    if (this.inbound.expectsContinue) this.res.writeContinue();
    return new Promise((resolve) => {
      const pieces: Buffer[] = [];
      let size = 0;
      this.req.on("data", (piece: Buffer) => {
        this.client.lastActivity = this.front.clock.now();
        this.flow?.moved();
        size += piece.length;
        if (size <= LAMBDA_LIMIT) pieces.push(piece);
        else resolve(undefined);
      });
      this.req.on("end", () => resolve(Buffer.concat(pieces)));
    });
  }

  private eventWith(body: Buffer): AlbEvent {
    const { plan } = this.target.group;
    return eventOf({
      targetGroupArn: plan.arn,
      multiValue: this.multiValue,
      inbound: this.inbound,
      rawHeaders: this.req.rawHeaders,
      added: this.added,
      rules: this.front.outbound,
      body,
    });
  }

  private get multiValue(): boolean {
    return this.target.group.plan.attributes["lambda.multi_value_headers.enabled"] === "true";
  }

  private async invoke(event: AlbEvent, size: number): Promise<void> {
    const source = { principal: "elasticloadbalancing.amazonaws.com", arn: this.target.group.plan.arn };
    const startedAt = this.front.elapsed();
    this.patient = true;
    // The function's worker holds the clock while it works, and lets it pass while it waits.
    this.flow?.rest();
    let answer: Awaited<ReturnType<typeof this.front.lambda.invokeSync>>;
    try {
      answer = await this.front.lambda.invokeSync(this.target.plan.id, event, source);
    } catch (error) {
      // Not found, not permitted, throttled, …: the function's owner is to blame. Anything else is this cloud's fault.
      if (!(error instanceof AwsError)) throw error;
      return error.code === "ServiceException" ? this.internalError() : this.userError(502);
    }
    if (this.over) return;
    this.patient = false;
    this.client.lastActivity = this.front.clock.now();
    this.flow?.moved();
    const seconds = this.front.elapsed() - startedAt;
    const responseSize = Buffer.byteLength(JSON.stringify(answer.payload) ?? "");
    this.front.counters.lambdaBytes += size + responseSize;
    // LambdaUnhandled, LambdaResponseTooLarge, LambdaInvalidResponse.
    const own = answer.error !== undefined || responseSize > LAMBDA_LIMIT ? undefined : answerOf(answer.payload, this.multiValue);
    if (!own) return this.userError(502);
    this.counters.answered(own.status, seconds);
    this.finish(own, false);
  }

  private userError(status: number): void {
    if (this.over) return;
    this.counters.lambdaUserErrors++;
    this.finish({ status });
  }

  private internalError(): void {
    if (this.over) return;
    this.counters.lambdaInternalErrors++;
    this.finish({ status: 502 });
  }

  /** @param own whether the answer is the load balancer's, not the function's */
  private finish(answer: OwnAnswer, own = true): void {
    this.flow?.moved();
    const close = this.front.closing || this.client.isOld(this.front.clock.now());
    this.front.answer(this.req, this.res, { ...answer, close }, own);
    this.leave();
  }

  private leave(): void {
    if (this.over) return;
    this.over = true;
    this.patient = false;
    this.target.end(this);
    this.client.end(this, this.front.clock.now());
  }

  /** "After you deregister a Lambda function, in-flight requests fail with HTTP 5XX errors." */
  abort(): void {
    if (!this.over) this.finish({ status: 502 });
  }

  onBadRequest(): void {
    if (!this.over) this.finish({ status: 400 });
  }

  /** The client has not sent all of its body. */
  onIdle(): void {
    if (!this.over) this.finish({ status: 408 });
  }

  /** The function goes on; its answer is nobody's. */
  onClientGone(): void {
    if (this.over) return;
    this.front.counters.answered(this.req.complete ? 460 : 400);
    this.leave();
  }
}
