import { parseArn } from "../../../core/scope.ts";

export type Pattern = "request" | "sync" | "sync:2" | "token";

/** What a Task state asks: a function directly, an optimized integration, or any operation of a service. */
export interface Resource {
  kind: "function" | "optimized" | "sdk";
  /** As the definition has it. */
  text: string;
  /** As the history names it: `lambda`, `ecs`, `aws-sdk:ecs`. */
  service: string;
  /** With its pattern, as the history names it: `runTask.sync`. */
  name: string;
  /** `runTask`. */
  action: string;
  pattern: Pattern;
}

const PATTERNS: Record<string, Pattern> = { "": "request", ".sync": "sync", ".sync:2": "sync:2", ".waitForTaskToken": "token" };

/** The optimized integrations that are there, with the patterns of each (Developer Guide, "Integrating services"). */
const OPTIMIZED: Record<string, Pattern[]> = {
  "lambda:invoke": ["request", "token"],
  "events:putEvents": ["request", "token"],
  "sns:publish": ["request", "token"],
  "sqs:sendMessage": ["request", "token"],
  "ecs:runTask": ["request", "sync", "token"],
  "states:startExecution": ["request", "sync", "sync:2", "token"],
};

/** Undefined where it is nothing that this cloud can do. */
export function readResource(text: string): Resource | undefined {
  const parts = parseArn(text);
  if (parts?.service === "lambda" && parts.resource.startsWith("function:"))
    return { kind: "function", text, service: "lambda", name: text, action: "invoke", pattern: "request" };
  if (parts?.service !== "states" || parts.region !== "" || parts.account !== "") return undefined;
  const found = /^(aws-sdk:)?([a-z0-9-]+):([A-Za-z0-9]+)(\.sync|\.sync:2|\.waitForTaskToken|)$/.exec(parts.resource);
  if (!found) return undefined;
  const [, sdk, service = "", action = "", suffix = ""] = found;
  const pattern = PATTERNS[suffix]!;
  const common = { text, service: `${sdk ?? ""}${service}`, name: `${action}${suffix}`, action, pattern };
  if (sdk) return pattern === "request" || pattern === "token" ? { kind: "sdk", ...common } : undefined;
  return OPTIMIZED[`${service}:${action}`]?.includes(pattern) ? { kind: "optimized", ...common } : undefined;
}
