import type { Target } from "@aws-sdk/client-eventbridge";
import type { Envelope, RuleRow } from "../state.ts";

/** Variables that need no path ("Amazon EventBridge input transformation", Predefined variables). */
export const PREDEFINED = [
  "aws.events.rule-arn",
  "aws.events.rule-name",
  "aws.events.event.ingestion-time",
  "aws.events.event",
  "aws.events.event.json",
] as const;

/** The placeholders of a template, such as `instance` of `<instance>`. */
export const placeholders = (template: string): string[] => [...template.matchAll(PLACEHOLDER)].map(([, name]) => name!);

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/g;

/**
 * What a target is given for an event, as text: the event, its part at `InputPath`, the constant `Input`, or the
 * transformer's template filled in.
 */
export function targetInput(target: Target, event: Envelope, rule: Pick<RuleRow, "name" | "arn">, ingestedAt: string): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(at(event, target.InputPath) ?? null);
  const { InputTemplate, InputPathsMap } = target.InputTransformer ?? {};
  if (InputTemplate === undefined) return JSON.stringify(event);
  const values = new Map<string, unknown>(Object.entries(InputPathsMap ?? {}).map(([name, path]) => [name, at(event, path)]));
  for (const name of PREDEFINED) values.set(name, predefined(name, event, rule, ingestedAt));
  return fill(InputTemplate, values);
}

function predefined(name: (typeof PREDEFINED)[number], event: Envelope, rule: Pick<RuleRow, "name" | "arn">, ingestedAt: string): unknown {
  switch (name) {
    case "aws.events.rule-arn":
      return rule.arn;
    case "aws.events.rule-name":
      return rule.name;
    case "aws.events.event.ingestion-time":
      return ingestedAt;
    case "aws.events.event": {
      // Without detail, and the type's name in camel case (recorded from AWS in localstack's test_events_inputs snapshots).
      const { version, id, source, account, region, resources } = event;
      return { id, account, detailType: event["detail-type"], time: ingestedAt, source, region, resources, version };
    }
    case "aws.events.event.json":
      return event;
  }
}

/**
 * Fills a template. Outside of quotes a value is JSON; inside, a text stands as it is and an object or array loses its quotes;
 * what the event does not have is an empty text (recorded from AWS: localstack's test_events_inputs snapshots).
 */
function fill(template: string, values: ReadonlyMap<string, unknown>): string {
  let quoted = false;
  let filled = "";
  let last = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const before = template.slice(last, match.index);
    quoted = quotesAfter(before, quoted);
    last = match.index + match[0].length;
    if (!values.has(match[1]!)) filled += before + match[0];
    else filled += before + (quoted ? insideText(values.get(match[1]!)) : JSON.stringify(values.get(match[1]!) ?? ""));
  }
  return filled + template.slice(last);
}

/** Is the end of `text` inside a string, when its start is (`quoted`)? Escaped quotes count for nothing. */
function quotesAfter(text: string, quoted: boolean): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') quoted = !quoted;
  }
  return quoted;
}

function insideText(value: unknown): string {
  if (value === undefined || value === null) return "";
  // A text keeps the template valid: its own quotes and line breaks are escaped.
  if (typeof value === "string") return JSON.stringify(value).slice(1, -1);
  return JSON.stringify(value).replaceAll('"', "");
}

/**
 * The value at a JSON path in dot notation, with array indices and `[*]`; undefined where there is none. "EventBridge does not
 * support all JSON Path syntax": dots, dashes, underscores, alphanumerics, array indices, wildcards, forward slashes.
 */
export function at(event: unknown, path: string): unknown {
  const steps = parsePath(path) ?? [];
  let found: unknown[] = [event];
  let many = false;
  for (const step of steps) {
    if (step === "*") many = true;
    found = found.flatMap((value) => into(value, step));
  }
  return many ? found : found[0];
}

function into(value: unknown, step: string | number): unknown[] {
  if (value === null || typeof value !== "object") return [];
  if (step === "*") return Object.values(value);
  const inner = (value as Record<string | number, unknown>)[step];
  return inner === undefined ? [] : [inner];
}

/** The steps of a path, or undefined where it is none that EventBridge takes. */
export function parsePath(path: string): (string | number)[] | undefined {
  if (!/^\$(\.[A-Za-z0-9_/*-]+|\[(\d+|\*)\])*$/.test(path)) return undefined;
  return [...path.matchAll(/\.([A-Za-z0-9_/*-]+)|\[(\d+|\*)\]/g)].map(([, name, index]) => name ?? (index === "*" ? "*" : Number(index)));
}
