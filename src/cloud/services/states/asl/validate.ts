import { checkState } from "./validate-state.ts";
import { isObject, type Machine, type QueryLanguage, type State } from "./types.ts";

export interface Problem {
  /** A code of ValidateStateMachineDefinitionDiagnostic. */
  code: string;
  message: string;
  /** Such as `/States/Wait/Next`. */
  location?: string;
}

/** Takes down what is wrong, with where. */
export class Problems {
  readonly found: Problem[] = [];

  add(location: string, message: string, code = "SCHEMA_VALIDATION_FAILED"): void {
    this.found.push({ code, message, location });
  }
}

const MACHINE = new Set(["StartAt", "States", "Comment", "Version", "TimeoutSeconds", "QueryLanguage"]);
const PROCESSOR = new Set(["StartAt", "States", "Comment", "QueryLanguage", "ProcessorConfig"]);

/** Reads a definition. All that is wrong with it is in `problems`; then there is no machine. */
export function readDefinition(text: string): { machine?: Machine; problems: Problem[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { problems: [{ code: "INVALID_JSON_DESCRIPTION", message: error instanceof Error ? error.message : String(error) }] };
  }
  const problems = new Problems();
  if (isObject(parsed)) checkMachine(parsed as unknown as Machine, "", "JSONPath", new Set(), problems, MACHINE);
  else problems.add("/", "A state machine must be an object.");
  return problems.found.length > 0 ? { problems: problems.found } : { machine: parsed as Machine, problems: [] };
}

/** The definition's error as CreateStateMachine tells it, naming each place. */
export const problemText = (problems: readonly Problem[]): string =>
  `Invalid State Machine Definition: '${problems.map(({ code, message, location }) => `${code}: ${message}${location ? ` at ${location}` : ""}`).join(", ")}'`;

function checkMachine(
  machine: Machine,
  at: string,
  language: QueryLanguage,
  names: Set<string>,
  problems: Problems,
  members: ReadonlySet<string>,
): void {
  for (const member of Object.keys(machine)) if (!members.has(member)) problems.add(`${at}/${member}`, `Field '${member}' is not supported`);
  const own = machine.QueryLanguage ?? language;
  if (own !== "JSONPath" && own !== "JSONata") problems.add(`${at}/QueryLanguage`, "must be JSONPath or JSONata");
  const limit = machine.TimeoutSeconds;
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1 || limit > 99_999_999))
    problems.add(`${at}/TimeoutSeconds`, "must be an integer from 1 to 99999999");
  if (typeof machine.StartAt !== "string") problems.add(at || "/", "The field 'StartAt' is required but was missing");
  if (!isObject(machine.States) || Object.keys(machine.States).length === 0) {
    problems.add(at || "/", "The field 'States' is required but was missing");
    return;
  }
  const states = machine.States;
  if (typeof machine.StartAt === "string" && !Object.hasOwn(states, machine.StartAt))
    problems.add(`${at}/StartAt`, `Missing 'Next' target: ${machine.StartAt}`, "MISSING_TRANSITION_TARGET");
  for (const [name, state] of Object.entries(states)) {
    const place = `${at}/States/${name}`;
    if (name.length > 80) problems.add(place, "State names have at most 80 characters", "INVALID_STATE_NAME");
    // "State names must be unique within the scope of the whole state machine."
    if (names.has(name)) problems.add(place, `Duplicate state name: ${name}`, "DUPLICATE_STATE_NAME");
    names.add(name);
    if (!isObject(state)) problems.add(place, "A state must be an object");
    else
      checkState(state, {
        at: place,
        outer: own,
        states,
        problems,
        inside: (inner, where) => checkProcessor(inner, where, own, state, names, problems),
      });
  }
  const terminal = Object.values(states).some(
    (state) => isObject(state) && (state.End === true || state.Type === "Succeed" || state.Type === "Fail"),
  );
  if (!terminal) problems.add(`${at}/States`, "No terminal state found in machine", "MISSING_END_STATE");
}

function checkProcessor(inner: unknown, where: string, outer: QueryLanguage, state: State, names: Set<string>, problems: Problems): void {
  if (!isObject(inner)) problems.add(where, "must be an object");
  else checkMachine(inner as unknown as Machine, where, state.QueryLanguage ?? outer, names, problems, PROCESSOR);
}
