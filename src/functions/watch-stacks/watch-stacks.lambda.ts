import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { awsAnnounced } from "../shared/aws-announced.ts";
import { tell } from "../shared/aws-tell.ts";
import { readEnv } from "../shared/env.ts";
import { logLine } from "../shared/log.ts";
import { toldDeploymentsPath } from "../shared/names.ts";
import { CLIENT } from "../shared/sdk.ts";
import { WATCH_STACKS_ENV } from "./env.ts";
import { look, type StackEvent } from "./watch-stacks.ts";

const env = readEnv(WATCH_STACKS_ENV);
const clientOf = (region: string): CloudFormationClient => new CloudFormationClient({ ...CLIENT, region });

/** A stack of the application has come to a bad end: tells people why, once. */
export async function handler(event: StackEvent): Promise<void> {
  const found = await look(event, env, clientOf);
  logLine("look", { ...event.detail, tell: found?.id ?? "nothing" });
  if (!found) return;
  const path = `${toldDeploymentsPath(env.application, env.environment)}/${found.stack}`;
  const memory = awsAnnounced<"failed">(path);
  const own = { occasion: "failed", task: found.id } as const;
  if (!(await memory.lock(own))) return logLine("told already", { id: found.id });
  try {
    await tell(found.topics, found.message);
  } catch (error) {
    // Lambda invokes it again: the lock must be free then.
    await memory.forget({ ...own, at: 0 });
    throw error;
  }
  // One for each stack is enough to know a repeated event by.
  for (const one of await memory.read()) if (one.task !== found.id) await memory.forget(one);
}
