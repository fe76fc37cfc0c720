import { InvokeCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import type { EngineLeaf, Project } from "../config/index.ts";
import { engineFunctionName } from "../functions/shared/names.ts";
import { engineStatus } from "./engine-observe.ts";
import { clientOf, type Connection } from "./environment.ts";

interface Answer {
  statusCode: number;
  body: { error?: string };
}

/**
 * Starts an engine as an event would, and goes past a crash loop: a person has decided.
 * @param who is in its history
 * @returns whether it had to be woken @throws Error with the function's own words when it cannot be started
 */
export async function wakeEngine(project: Project, leaf: EngineLeaf, connection: Connection, who: string): Promise<boolean> {
  const { state } = await engineStatus(project, leaf, connection);
  await invoke(project, "start-engines", { service: leaf.name, source: "cli", who, force: true, wait: false }, connection);
  return state !== "awake" && state !== "waking";
}

/** Stops an engine: its open requests may end, then its container gets its stop signal. @returns whether it was up */
export async function sleepEngine(project: Project, leaf: EngineLeaf, connection: Connection): Promise<boolean> {
  const { state } = await engineStatus(project, leaf, connection);
  if (state !== "awake" && state !== "waking") return false;
  await invoke(project, "stop-engines", { services: [leaf.name], source: "cli", wait: false }, connection);
  return true;
}

async function invoke(project: Project, name: "start-engines" | "stop-engines", event: object, connection: Connection): Promise<void> {
  const lambda = clientOf(LambdaClient, connection);
  const FunctionName = engineFunctionName(project.base.name, name);
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) })).catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) throw new Error(`there is no function ${FunctionName}: the engines are not deployed`);
    throw error;
  });
  const text = Buffer.from(answer.Payload ?? []).toString("utf8");
  if (answer.FunctionError) throw new Error(`${FunctionName} failed: ${text}`);
  const { statusCode, body } = JSON.parse(text) as Answer;
  if (statusCode !== 200) throw new Error(body.error ?? text);
}
