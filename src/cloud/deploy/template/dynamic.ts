import { NotSupported } from "../../core/errors.ts";
import { templateError } from "./parse.ts";
import { isObject } from "./types.ts";

/** `{{resolve:service:reference}}` ("Get values stored in other services using dynamic references"). */
const DYNAMIC = /\{\{resolve:([a-z-]+):([^{}]+)\}\}/g;

/** Reads an SSM parameter by name, or `name:version`; undefined where it does not exist. */
export type DynamicLookup = (reference: string) => Promise<string | undefined>;

/** The value with every dynamic reference in it replaced. Values without any are returned as they are. */
export async function resolveDynamic<T>(value: T, ssm: DynamicLookup): Promise<T> {
  const found = new Map<string, string>();
  await look(value, found, ssm);
  return found.size === 0 ? value : (replace(value, found) as T);
}

async function look(value: unknown, found: Map<string, string>, ssm: DynamicLookup): Promise<void> {
  if (typeof value === "string") {
    if (!value.includes("{{resolve:")) return;
    for (const [whole, service, reference] of value.matchAll(DYNAMIC)) if (!found.has(whole)) found.set(whole, await read(service!, reference!, ssm));
  } else if (Array.isArray(value)) {
    for (const item of value) await look(item, found, ssm);
  } else if (isObject(value)) {
    for (const inner of Object.values(value)) await look(inner, found, ssm);
  }
}

async function read(service: string, reference: string, ssm: DynamicLookup): Promise<string> {
  if (service !== "ssm" && service !== "ssm-secure") throw new NotSupported("cloudformation", "CreateStack", `dynamic references to ${service}`);
  const held = await ssm(reference);
  if (held === undefined) throw templateError(`Parameters: [ssm:${reference}] cannot be found.`);
  return held;
}

function replace(value: unknown, found: Map<string, string>): unknown {
  if (typeof value === "string") return value.replace(DYNAMIC, (whole) => found.get(whole) ?? whole);
  if (Array.isArray(value)) return value.map((item) => replace(item, found));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner, found)]));
  return value;
}
