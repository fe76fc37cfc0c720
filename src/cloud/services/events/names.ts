import { AwsError } from "../../core/errors.ts";
import { arn, parseArn, type Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { buses, DEFAULT_BUS, ruleKey, rules, type BusRow, type RuleRow } from "./state.ts";

export interface NamedBus {
  scope: Scope;
  name: string;
}

/** A bus by its name or ARN; without one, the default bus. */
export function parseBus(text: string | undefined, call: Scope): NamedBus {
  const parts = text?.startsWith("arn:") ? parseArn(text) : undefined;
  if (parts) return { scope: { account: parts.account, region: parts.region }, name: parts.resource.replace(/^event-bus\//, "") };
  return { scope: { account: call.account, region: call.region }, name: text ?? DEFAULT_BUS };
}

export const busArn = ({ scope, name }: NamedBus): string => arn("events", scope, `event-bus/${name}`);

export const ruleArn = (scope: Scope, bus: string, name: string): string => arn("events", scope, bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`);

export const hasBus = (store: Store, bus: NamedBus): boolean => bus.name === DEFAULT_BUS || buses(store, bus.scope).has(bus.name);

/** @throws AwsError ResourceNotFoundException */
export function requireBus(store: Store, bus: NamedBus): BusRow {
  const row = buses(store, bus.scope).get(bus.name);
  if (row) return row;
  if (bus.name === DEFAULT_BUS) return { name: DEFAULT_BUS, policy: [], tags: {}, createdAt: 0, changedAt: 0 };
  throw new AwsError("ResourceNotFoundException", `Event bus ${bus.name} does not exist.`);
}

/** @throws AwsError ResourceNotFoundException */
export function requireRule(store: Store, bus: NamedBus, name: string): RuleRow {
  requireBus(store, bus);
  const row = rules(store, bus.scope).get(ruleKey(bus.name, name));
  if (!row) throw new AwsError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus ${bus.name}.`);
  return row;
}
