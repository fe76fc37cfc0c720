import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../../../../core/clock.ts";
import type { LambdaPort } from "../../../../core/ports.ts";
import { hostNow } from "../../../../machines/host-time.ts";
import type { ListenerPlan } from "../model.ts";
import type { Client, ClientHost } from "./client.ts";
import type { Facts } from "./conditions.ts";
import type { BalancerCounters } from "./counters.ts";
import type { Deadlines } from "./deadlines.ts";
import type { ProxyDeps } from "./deps.ts";
import { Exchange } from "./exchange.ts";
import { type Group, keyOf } from "./group.ts";
import { type Inbound, Refused, hostOf, readInbound } from "./inbound.ts";
import { LambdaCall } from "./lambda-call.ts";
import type { Meter } from "./meter.ts";
import { type OutboundRules, type TraceIds, addedTo, headFor, outboundRules } from "./outbound.ts";
import { rawAnswer } from "./pages.ts";
import type { Pacing } from "./pacing.ts";
import { MAX_LOCATION, locationOf } from "./redirect.ts";
import { type OwnAnswer, respond } from "./respond.ts";
import { type Rule, compileRules, groupFor, ruleFor } from "./rules.ts";
import type { Sticky } from "./sticky.ts";
import type { Owner, Target } from "./target.ts";
import { Tunnel } from "./tunnel.ts";

/** What all listeners share. */
export interface Shared {
  deps: ProxyDeps;
  deadlines: Deadlines;
  meter: Meter;
  pacing: Pacing | undefined;
  sticky: Sticky;
  trace: TraceIds;
  groups: ReadonlyMap<string, Group>;
  /** Which port of this machine a listener of the load balancer with this port is open at. */
  portAt(loadBalancerArn: string, port: string): string;
}

/** What a listener does with requests: everything but the sockets. */
export class Front implements ClientHost, Owner {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly lambda: LambdaPort;
  readonly log: (line: string) => void;
  readonly pacing: Pacing | undefined;
  readonly counters: BalancerCounters;
  outbound: OutboundRules;
  idleMs = 60_000;
  keepAliveMs = 3_600_000;
  /** No further requests are wanted on the connections that are open. */
  closing = false;
  plan: ListenerPlan;
  private readonly shared: Shared;
  private rules: Rule[] = [];
  private dropInvalid = false;
  private strictest = false;
  private readonly answerRules: { clock: Clock; server: boolean };

  constructor(plan: ListenerPlan, realPort: number, shared: Shared) {
    this.plan = plan;
    this.shared = shared;
    this.clock = shared.deps.clock;
    this.deadlines = shared.deadlines;
    this.lambda = shared.deps.lambda;
    this.log = shared.deps.log;
    this.pacing = shared.pacing;
    this.counters = shared.meter.of(plan.scope, plan.loadBalancer.fullName);
    this.outbound = outboundRules(plan, realPort);
    this.answerRules = { clock: this.clock, server: true };
    this.set(plan, realPort);
  }

  /** For the requests that come from now on. */
  set(plan: ListenerPlan, realPort: number): void {
    const { attributes } = plan.loadBalancer;
    this.plan = plan;
    this.rules = compileRules(plan.rules);
    this.outbound = outboundRules(plan, realPort);
    this.idleMs = Number(attributes["idle_timeout.timeout_seconds"] ?? 60) * 1000;
    this.keepAliveMs = Number(attributes["client_keep_alive.seconds"] ?? 3600) * 1000;
    this.dropInvalid = attributes["routing.http.drop_invalid_header_fields.enabled"] === "true";
    this.strictest = attributes["routing.http.desync_mitigation_mode"] === "strictest";
    this.answerRules.server = plan.attributes["routing.http.response.server.enabled"] !== "false";
  }

  get vpcId(): string {
    return this.plan.loadBalancer.vpcId;
  }

  get securityGroupIds(): string[] {
    return this.plan.loadBalancer.securityGroupIds;
  }

  /** Seconds of the cloud's time since some moment, finer than its clock tells them. */
  elapsed(): number {
    const { mode } = this.clock;
    return (mode.kind === "real" ? hostNow() * mode.speed : this.clock.now()) / 1000;
  }

  /** @param own whether it is the load balancer's answer, not a function's */
  answer(req: IncomingMessage, res: ServerResponse, answer: OwnAnswer, own = true): void {
    if (own) this.counters.answered(answer.status);
    respond(req, res, answer, this.answerRules);
  }

  onRequest(client: Client, req: IncomingMessage, res: ServerResponse): void {
    const now = this.clock.now();
    this.shared.meter.started();
    try {
      const inbound = this.read(req);
      const rule = ruleFor(this.rules, this.factsOf(inbound, client, req));
      if (!rule) this.answer(req, res, { status: 500 });
      else if (rule.action.Type === "forward") this.forward(rule, inbound, { client, req, res }, now);
      else this.answer(req, res, this.own(rule, inbound));
    } catch (error) {
      if (!(error instanceof Refused)) this.log(`rouse: load balancer ${this.counters.fullName}: ${(error as Error).stack ?? String(error)}`);
      client.refused = true;
      this.answer(req, res, { status: error instanceof Refused ? error.status : 500, close: true });
    }
    client.lastActivity = now;
  }

  /** The connection is to be upgraded; from here on it is a socket, and no HTTP of Node.js's. */
  onUpgrade(client: Client, req: IncomingMessage, socket: Duplex, early: Buffer): void {
    this.shared.meter.started();
    const refuse = (status: number): void => {
      this.counters.answered(status);
      socket.end(rawAnswer(status, this.clock.now()));
    };
    try {
      const inbound = this.read(req);
      if (inbound.body !== 0) throw new Refused(400);
      const rule = ruleFor(this.rules, this.factsOf(inbound, client, req));
      if (rule?.action.Type !== "forward") {
        const own = rule ? this.own(rule, inbound) : { status: 500 };
        return void socket.end(
          rawOwn(own, this.clock.now(), () => this.counters.answered(own.status)),
          "latin1",
        );
      }
      const { group, target } = this.choose(rule, inbound, []);
      if (!group || !target) return refuse(503);
      // "WebSockets are not supported. Upgrade requests are rejected with an HTTP 400 code" (Lambda functions as targets).
      if (group.plan.targetType === "lambda") return this.refuseUpgrade(group, refuse);
      const added = addedTo(inbound, client.sender, this.outbound, this.clock.now(), this.shared.trace);
      const head = headFor(inbound, added, this.outbound, client.sender, inbound.upgrade);
      new Tunnel(this, { client, req, socket, early }, target).start(this.clock.now(), inbound, head);
    } catch (error) {
      if (!(error instanceof Refused)) this.log(`rouse: load balancer ${this.counters.fullName}: ${(error as Error).stack ?? String(error)}`);
      refuse(error instanceof Refused ? error.status : 500);
    }
  }

  private refuseUpgrade(group: Group, refuse: (status: number) => void): void {
    this.counters.group(group.plan.fullName).lambdaUserErrors++;
    refuse(400);
  }

  private read(req: IncomingMessage): Inbound {
    const inbound = readInbound(req, this.dropInvalid);
    if (inbound.oddity || (inbound.body !== 0 && (inbound.method === "GET" || inbound.method === "HEAD"))) {
      // Acceptable or Ambiguous: "Blocked" in the strictest mode alone (User Guide, "Desync mitigation mode").
      this.counters.nonCompliant++;
      if (this.strictest) throw new Refused(400);
    }
    return inbound;
  }

  private factsOf(inbound: Inbound, client: Client, req: IncomingMessage): Facts {
    const { method, path, query } = inbound;
    return { method, path, query, host: hostOf(inbound.host ?? ""), address: client.sender.address, rawHeaders: req.rawHeaders };
  }

  /** A redirect or a fixed response. */
  private own({ action }: Rule, inbound: Inbound): OwnAnswer {
    if (action.Type === "fixed-response") {
      const { StatusCode, ContentType, MessageBody = "" } = action.FixedResponseConfig!;
      this.counters.fixed++;
      return { status: Number(StatusCode), contentType: ContentType ?? "text/plain", body: MessageBody };
    }
    const config = action.RedirectConfig!;
    const host = (inbound.host ?? "").slice(0, hostOf(inbound.host ?? "").length);
    const from = { protocol: this.outbound.proto, host, port: String(this.plan.port), path: inbound.path, query: inbound.query };
    const location = locationOf(config, from, (port) => this.shared.portAt(this.plan.loadBalancer.arn, port));
    if (location.length > MAX_LOCATION) {
      this.counters.redirectsTooLong++;
      return { status: 500 };
    }
    this.counters.redirects++;
    return { status: config.StatusCode === "HTTP_301" ? 301 : 302, headers: ["Location", location] };
  }

  private forward(rule: Rule, inbound: Inbound, from: { client: Client; req: IncomingMessage; res: ServerResponse }, now: number): void {
    const cookies: string[] = [];
    const { group, target } = this.choose(rule, inbound, cookies);
    // "HTTP 503: The target groups for the load balancer have no registered targets."
    if (!group || !target) return this.answer(from.req, from.res, { status: 503 });
    this.counters.group(group.plan.fullName).targets = group.targetCount;
    const added = addedTo(inbound, from.client.sender, this.outbound, now, this.shared.trace);
    if (group.plan.targetType === "lambda") return new LambdaCall(this, from, { target, inbound, added }).start(now);
    const head = headFor(inbound, added, this.outbound, from.client.sender);
    new Exchange(this, from, { target, inbound, head, cookies }).start(now);
  }

  /** @param cookies gets the headers that bind the client, where stickiness is on */
  private choose(rule: Rule, inbound: Inbound, cookies: string[]): { group?: Group; target?: Target } {
    const { sticky, groups, deps } = this.shared;
    const now = this.clock.now();
    const bound = rule.stickyMs > 0 ? sticky.read(inbound.cookie, "AWSALBTG", rule.arn, now) : undefined;
    const arn = rule.groups.some((group) => group.arn === bound) ? bound : groupFor(rule, () => deps.ids.fraction());
    const group = arn === undefined ? undefined : groups.get(arn);
    if (!group) return {};
    if (rule.stickyMs > 0) cookies.push(...sticky.write("AWSALBTG", { of: rule.arn, to: group.plan.arn, until: now + rule.stickyMs }, now));
    const { attributes } = group.plan;
    if (attributes["stickiness.enabled"] !== "true") return { group, target: group.choose() };
    const key = sticky.read(inbound.cookie, "AWSALB", group.plan.arn, now);
    const same = key === undefined ? undefined : group.bound(key);
    if (!same) this.counters.nonSticky++;
    const target = same ?? group.choose();
    const durationMs = Number(attributes["stickiness.lb_cookie.duration_seconds"] ?? 86_400) * 1000;
    if (target) cookies.push(...sticky.write("AWSALB", { of: group.plan.arn, to: keyOf(target.plan, group.plan), until: now + durationMs }, now));
    return { group, target };
  }
}

/** A redirect or fixed response for a connection that is no longer Node.js's HTTP. */
function rawOwn(answer: OwnAnswer, now: number, count: () => void): string {
  count();
  if (answer.body === undefined && !answer.headers) return rawAnswer(answer.status, now);
  const body = String(answer.body ?? "");
  let head = `HTTP/1.1 ${answer.status} \r\nServer: awselb/2.0\r\nDate: ${new Date(now).toUTCString()}\r\nConnection: close\r\n`;
  for (let i = 0; i < (answer.headers?.length ?? 0); i += 2) head += `${answer.headers![i]!}: ${answer.headers![i + 1]!}\r\n`;
  if (answer.contentType !== undefined) head += `Content-Type: ${answer.contentType}\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${Buffer.from(body).toString("latin1")}`;
}
