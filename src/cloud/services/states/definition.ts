import { AwsError, NotSupported } from "../../core/errors.ts";
import type { OperationSchema } from "../../wire/schema.ts";
import { allStates } from "./asl/inner.ts";
import { isObject, type Machine, type State } from "./asl/types.ts";
import { problemText, Problems, readDefinition } from "./asl/validate.ts";
import { operationOf, sdkService } from "./engine/calls.ts";
import { readResource } from "./engine/resource.ts";
import { unknownMembers } from "./engine/sdk-shapes.ts";

type SchemaOf = (service: string, operation: string) => Promise<OperationSchema | undefined>;

/**
 * Reads a definition that is to be kept.
 * @throws AwsError InvalidDefinition, naming each place; NotSupported for what AWS has and this cloud has not
 */
export async function checkDefinition(schemaOf: SchemaOf, text: string, type: "STANDARD" | "EXPRESS", operation: string): Promise<Machine> {
  const { machine, problems } = readDefinition(text);
  if (!machine) throw new AwsError("InvalidDefinition", problemText(problems));
  const found = new Problems();
  for (const [state, at] of allStates(machine)) {
    refuse(state, at, operation);
    if (state.Type === "Task") await checkTask(schemaOf, state, at, { type, operation, problems: found });
  }
  if (found.found.length > 0) throw new AwsError("InvalidDefinition", problemText(found.found));
  return machine;
}

const DISTRIBUTED = ["ItemReader", "ItemBatcher", "ResultWriter", "ToleratedFailureCount", "ToleratedFailurePercentage", "Label"];

function refuse(state: State, at: string, operation: string): void {
  const no = (what: string): never => {
    throw new NotSupported("states", operation, `${what} at ${at}`);
  };
  const members = state as unknown as Record<string, unknown>;
  const processor = state.ItemProcessor?.ProcessorConfig?.Mode;
  if (processor === "DISTRIBUTED") no("a distributed Map");
  for (const name of DISTRIBUTED) if (members[name] !== undefined) no(`${name} (of a distributed Map)`);
  if (members["Credentials"] !== undefined) no("Credentials (a role of its own for a task)");
}

interface Check {
  type: "STANDARD" | "EXPRESS";
  operation: string;
  problems: Problems;
}

async function checkTask(schemaOf: SchemaOf, state: State, at: string, { type, operation, problems }: Check): Promise<void> {
  const text = state.Resource!;
  const resource = readResource(text);
  const no = (): never => {
    throw new NotSupported("states", operation, `the resource ${text} at ${at}`);
  };
  if (!resource) return no();
  // "Express Workflows do not support Job-run (.sync) or Callback (.waitForTaskToken) service integration patterns."
  if (type === "EXPRESS" && resource.pattern !== "request")
    return problems.add(`${at}/Resource`, `Express state machine does not support '${resource.name}' service integration`);
  if (resource.kind === "function") return;
  const service = resource.kind === "sdk" ? sdkService(resource.service.slice("aws-sdk:".length))?.service : resource.service;
  const schema = service === undefined ? undefined : await schemaOf(service, operationOf(resource.action));
  if (!schema) return no();
  const member = state.Arguments === undefined ? "Parameters" : "Arguments";
  const given = state[member];
  if (!isObject(given)) return;
  for (const unknown of unknownMembers(schema.input, given))
    problems.add(`${at}/${member}${unknown}`, `The field "${unknown.split("/").at(-1)}" is not supported by Step Functions`);
}
