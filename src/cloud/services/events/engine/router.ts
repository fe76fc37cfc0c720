import type { Scope } from "../../../core/scope.ts";
import type { EventsDeps } from "../parts.ts";
import { compilePattern } from "../pattern/compile.ts";
import type { Json } from "../pattern/json.ts";
import { rules, type RuleRow } from "../state.ts";
import type { Delivery } from "./delivery.ts";
import { eventTime, type Event } from "./event.ts";
import { targetInput } from "./input.ts";

/** Patterns that are kept compiled; the oldest is forgotten first. */
const MOST_PATTERNS = 1000;

/** Finds the rules that an event matches, and sends it to their targets. */
export class Router {
  private readonly deps: EventsDeps;
  private readonly delivery: Delivery;
  private readonly compiled = new Map<string, (event: Json) => boolean>();

  constructor(deps: EventsDeps, delivery: Delivery) {
    this.deps = deps;
    this.delivery = delivery;
  }

  /** An event with its envelope, at the cloud's time unless `time` is given. */
  envelope(scope: Scope, event: { source: string; detailType: string; detail: Json; resources?: string[]; time?: number; account?: string }): Event {
    return {
      version: "0",
      id: this.deps.ids.uuid(),
      "detail-type": event.detailType,
      source: event.source,
      account: event.account ?? scope.account,
      time: eventTime(event.time ?? this.deps.clock.now()),
      region: scope.region,
      resources: event.resources ?? [],
      detail: event.detail,
    };
  }

  /** Sends an event to the targets of every enabled rule of a bus that it matches. */
  route(scope: Scope, bus: string, event: Event): void {
    for (const rule of rules(this.deps.store, scope).values()) {
      if (rule.bus !== bus || rule.state === "DISABLED" || rule.pattern === undefined) continue;
      if (this.matcher(rule.pattern)(event as unknown as Json)) this.trigger(scope, rule, event);
    }
  }

  /** Sends an event to the targets of one rule. */
  trigger(scope: Scope, rule: RuleRow, event: Event): void {
    const at = { account: scope.account, region: scope.region };
    const dimensions = { RuleName: rule.name };
    this.deps.metrics.put(at, "AWS/Events", [
      { name: "TriggeredRules", value: 1, unit: "Count", dimensions },
      ...(rule.pattern === undefined ? [] : [{ name: "MatchedEvents", value: 1, unit: "Count", dimensions }]),
    ]);
    for (const target of rule.targets) {
      this.delivery.send({ scope: at, rule, target, event, input: targetInput(rule, target, event, this.deps.clock.now()) });
    }
  }

  private matcher(pattern: string): (event: Json) => boolean {
    let matcher = this.compiled.get(pattern);
    if (!matcher) {
      if (this.compiled.size >= MOST_PATTERNS) this.compiled.delete(this.compiled.keys().next().value!);
      this.compiled.set(pattern, (matcher = compilePattern(pattern)));
    }
    return matcher;
  }
}
