import type { Engine, TargetTag } from "../shared/engine.ts";
import { type Answer, bad, isRecord } from "../shared/engine-request.ts";
import { familyOf } from "../shared/ensure-task.ts";

/** What a start may say besides the service's name; each of it is the engine's own otherwise. */
export interface Overrides {
  readonly cluster?: string;
  readonly taskDefinition?: string;
  readonly targetGroup?: string;
  readonly subnets?: readonly string[];
  readonly securityGroups?: readonly string[];
  readonly container?: string;
  readonly port?: number;
  readonly waitForHealthy?: boolean;
  /** False: answers as soon as the task is there, wherever it has got to. */
  readonly wait?: boolean;
  /** A person wants it: goes past a crash loop. */
  readonly force?: boolean;
}

export interface Start {
  readonly service: string;
  readonly overrides: Overrides;
}

/** The names of an override, as in the flow that this follows: two for some, and all of them in snake_case too. */
const NAMES: Readonly<Record<string, keyof Overrides>> = {
  cluster: "cluster",
  taskDefinition: "taskDefinition",
  targetGroup: "targetGroup",
  targetGroupArn: "targetGroup",
  subnets: "subnets",
  securityGroups: "securityGroups",
  container: "container",
  containerName: "container",
  port: "port",
  waitForHealthy: "waitForHealthy",
  wait: "wait",
  force: "force",
};

const text = (value: unknown): boolean => typeof value === "string" && value !== "";
const texts = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(text);
const port = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536;
const flag = (value: unknown): boolean => typeof value === "boolean";

const KINDS: Readonly<Record<keyof Overrides, { readonly is: (value: unknown) => boolean; readonly said: string }>> = {
  cluster: { is: text, said: "a cluster's name or ARN" },
  taskDefinition: { is: text, said: "a task definition's family, family:revision or ARN" },
  targetGroup: { is: text, said: "a target group's ARN" },
  subnets: { is: texts, said: "a list of subnet ids" },
  securityGroups: { is: texts, said: "a list of security group ids" },
  container: { is: text, said: "a container's name" },
  port: { is: port, said: "a number from 1 to 65535" },
  waitForHealthy: { is: flag, said: "true or false" },
  wait: { is: flag, said: "true or false" },
  force: { is: flag, said: "true or false" },
};

const camel = (name: string): string => name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** @param known names of the engines */
export function readStarts(request: Readonly<Record<string, unknown>>, known: readonly string[]): readonly Start[] | Answer {
  const { service, services, ...rest } = request;
  if (service === undefined && services === undefined) return bad("service is missing", { missing: ["service"], valid: known });
  if (service !== undefined && services !== undefined) return bad("service and services exclude each other", { valid: known });
  const list: unknown = services ?? [service];
  if (!Array.isArray(list) || list.length === 0) return bad("services must be a list of names", { missing: ["services"], valid: known });
  const shared = readOverrides(rest);
  if ("statusCode" in shared) return shared;
  const starts: Start[] = [];
  for (const one of list as unknown[]) {
    const { service: name, ...own } = isRecord(one) ? one : { service: one };
    if (!text(name)) return bad("a service's name must be text", { missing: ["service"], valid: known });
    const overrides = readOverrides(own);
    if ("statusCode" in overrides) return overrides;
    starts.push({ service: name as string, overrides: { ...shared, ...overrides } });
  }
  const unknown = starts.map((start) => start.service).filter((name) => !known.includes(name));
  if (unknown.length > 0) return bad(`there is no service ${unknown.join(", ")}`, { unknown, valid: known });
  return starts.filter((start, index) => starts.findIndex((other) => other.service === start.service) === index);
}

function readOverrides(request: Readonly<Record<string, unknown>>): Overrides | Answer {
  const unknown = Object.keys(request).filter((name) => !Object.hasOwn(NAMES, camel(name)));
  if (unknown.length > 0) return bad(`unknown: ${unknown.join(", ")}`, { unknown, valid: ["service", "services", ...Object.keys(NAMES)] });
  const overrides: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) {
    const key = NAMES[camel(name)]!;
    if (!KINDS[key].is(value)) return bad(`${name} must be ${KINDS[key].said}`, { invalid: [name] });
    overrides[key] = value;
  }
  return overrides;
}

/** How a start with overrides is carried out. */
export interface Meant {
  readonly engine: Engine;
  /** For the task, so that the engine's reconcile function registers it as this start wants. */
  readonly tag?: TargetTag;
  /**
   * True where the engine's reconcile function has no say: a target group that is not the engine's, or a task that is not
   * among those it looks at. This function registers the task then, and nobody takes it out again.
   */
  readonly registers: boolean;
}

export function meant(engine: Engine, overrides: Overrides): Meant {
  const { waitForHealthy: _healthy, wait: _wait, force: _force, ...changes } = overrides;
  const changed: Engine = { ...engine, ...changes };
  const isOwnTask = nameOf(changed.cluster) === nameOf(engine.cluster) && familyOf(changed) === familyOf(engine);
  const isOwnGroup = changed.targetGroup === engine.targetGroup;
  if (!isOwnTask) return { engine: changed, registers: changed.targetGroup !== undefined };
  if (!isOwnGroup) return { engine: changed, registers: true, tag: { elsewhere: true } };
  const container = changed.container === engine.container ? undefined : changed.container;
  const port = changed.port === engine.port ? undefined : changed.port;
  const tag = { ...(container === undefined ? {} : { container }), ...(port === undefined ? {} : { port }) };
  return { engine: changed, registers: false, ...(Object.keys(tag).length > 0 ? { tag } : {}) };
}

/** Of a cluster's name or ARN. */
const nameOf = (cluster: string): string => cluster.split("/").at(-1)!;
