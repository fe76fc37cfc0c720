import { NotSupported } from "../../core/errors.ts";
import { parseArn } from "../../core/scope.ts";
import { templateError } from "./parse.ts";
import { isObject } from "./types.ts";

/** `{{resolve:service:reference}}` ("Get values stored in other services using dynamic references"). */
const DYNAMIC = /\{\{resolve:([a-z-]+):([^{}]+)\}\}/g;

/** Reads an SSM parameter by name, or `name:version`; undefined where it does not exist. */
export type DynamicLookup = (reference: string) => Promise<string | undefined>;

/** Reads the text of a secret. @throws AwsError as GetSecretValue does */
export type SecretLookup = (wanted: { SecretId: string; VersionStage?: string; VersionId?: string }) => Promise<string | undefined>;

/** The services whose values are nobody's to see: stack events and differences show the references themselves. */
const SECURE = new Set(["secretsmanager", "ssm-secure"]);

/**
 * The value with every dynamic reference in it replaced. Values without any are returned as they are.
 * @param secret without it, references to secure values are left as they stand
 */
export async function resolveDynamic<T>(value: T, ssm: DynamicLookup, secret?: SecretLookup): Promise<T> {
  const found = new Map<string, string>();
  await look(value, found, ssm, secret);
  return found.size === 0 ? value : (replace(value, found) as T);
}

async function look(value: unknown, found: Map<string, string>, ssm: DynamicLookup, secret: SecretLookup | undefined): Promise<void> {
  if (typeof value === "string") {
    if (!value.includes("{{resolve:")) return;
    for (const [whole, service, reference] of value.matchAll(DYNAMIC)) {
      if (found.has(whole) || (!secret && SECURE.has(service!))) continue;
      found.set(whole, service === "secretsmanager" ? await readSecret(reference!, secret!) : await read(service!, reference!, ssm));
    }
  } else if (Array.isArray(value)) {
    for (const item of value) await look(item, found, ssm, secret);
  } else if (isObject(value)) {
    for (const inner of Object.values(value)) await look(inner, found, ssm, secret);
  }
}

/**
 * `secret-id:SecretString:json-key:version-stage:version-id`; all but the id may be left out, and the id may be an ARN ("Get a
 * secret or secret value from Secrets Manager"). The two messages about JSON are CloudFormation's own, as its users quote them.
 */
async function readSecret(reference: string, secret: SecretLookup): Promise<string> {
  const parts = reference.split(":");
  const [SecretId, what = "", key = "", VersionStage = "", VersionId = ""] = parseArn(reference) ? [parts.splice(0, 7).join(":"), ...parts] : parts;
  if (what !== "" && what !== "SecretString") throw templateError(`secretsmanager dynamic references give SecretString, not ${what}: ${reference}`);
  if (VersionStage !== "" && VersionId !== "")
    throw templateError(`A secretsmanager dynamic reference has a version stage or a version id, not both: ${reference}`);
  const text = await secret({ SecretId: SecretId!, ...(VersionStage ? { VersionStage } : {}), ...(VersionId ? { VersionId } : {}) });
  if (text === undefined) throw templateError(`The secret ${SecretId} has no SecretString.`);
  return key === "" ? text : memberOf(text, key);
}

function memberOf(text: string, key: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw templateError("Could not parse SecretString JSON");
  }
  const member = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  if (member === undefined) throw templateError("Could not find a value associated with JSONKey in SecretString");
  return typeof member === "string" ? member : JSON.stringify(member);
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
