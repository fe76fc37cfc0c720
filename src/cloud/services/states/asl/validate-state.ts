import { isOperator, isTimestamp, operandProblem } from "./choice.ts";
import { isIntrinsic, parseIntrinsic } from "./intrinsics.ts";
import { isReferencePath, parsePath } from "./json-path.ts";
import { isExpression, parseExpression } from "./jsonata.ts";
import { isObject, type Catcher, type ChoiceRule, type QueryLanguage, type Retrier, type State, type StateType } from "./types.ts";
import type { Problems } from "./validate.ts";

interface Place {
  at: string;
  outer: QueryLanguage;
  states: Record<string, State>;
  problems: Problems;
  /** Checks a machine inside the state. */
  inside: (inner: unknown, where: string) => void;
}

const words = (text: string): string[] => text.split(" ").filter(Boolean);

/** Members by type: common ones, those of JSONPath only, and those of JSONata only (Amazon States Language, states-language.net/spec). */
const MEMBERS: Record<StateType, [common: string, path: string, jsonata: string]> = {
  Task: [
    "Next End Assign Retry Catch Resource TimeoutSeconds HeartbeatSeconds",
    "InputPath OutputPath ResultPath Parameters ResultSelector TimeoutSecondsPath HeartbeatSecondsPath",
    "Arguments Output",
  ],
  Pass: ["Next End Assign", "InputPath OutputPath ResultPath Parameters Result", "Output"],
  Choice: ["Choices Default Assign", "InputPath OutputPath", "Output"],
  Wait: ["Next End Assign Seconds Timestamp", "InputPath OutputPath SecondsPath TimestampPath", "Output"],
  Succeed: ["", "InputPath OutputPath", "Output"],
  Fail: ["Error Cause", "ErrorPath CausePath", ""],
  Parallel: ["Next End Assign Retry Catch Branches", "InputPath OutputPath ResultPath Parameters ResultSelector", "Arguments Output"],
  Map: [
    "Next End Assign Retry Catch ItemProcessor Iterator ItemSelector MaxConcurrency",
    "InputPath OutputPath ResultPath Parameters ResultSelector ItemsPath MaxConcurrencyPath",
    "Items Output",
  ],
};

/** A distributed Map has these; nothing here reads or writes items in S3. */
const DISTRIBUTED =
  "ItemReader ItemBatcher ResultWriter ToleratedFailureCount ToleratedFailurePercentage ToleratedFailureCountPath ToleratedFailurePercentagePath Label";

export function checkState(state: State, place: Place): void {
  const { at, problems } = place;
  const members = MEMBERS[state.Type];
  if (!members) return problems.add(`${at}/Type`, `Value is not valid: ${state.Type}. It is one of ${Object.keys(MEMBERS).join(", ")}`);
  const language = state.QueryLanguage ?? place.outer;
  if (language === "JSONPath" && place.outer === "JSONata")
    problems.add(`${at}/QueryLanguage`, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  const [common, path, jsonata] = members;
  const own = new Set(words(`Type Comment QueryLanguage ${common} ${language === "JSONata" ? jsonata : path}`));
  if (state.Type === "Map") for (const name of words(DISTRIBUTED)) own.add(name);
  if (state.Type === "Task") own.add("Credentials");
  for (const name of Object.keys(state)) {
    if (!own.has(name)) problems.add(`${at}/${name}`, `Field '${name}' is not supported for ${state.Type} states in ${language}`);
  }
  checkTransitions(state, place);
  if (language === "JSONata") checkExpressions(state, at, problems);
  else checkPaths(state, at, problems);
  checkRetries(state.Retry, at, problems);
  checkCatchers(state.Catch, place);
  TYPES[state.Type]?.(state, place, language);
}

function checkTransitions(state: State, { at, states, problems }: Place): void {
  if (["Choice", "Succeed", "Fail"].includes(state.Type)) return;
  if (state.Next !== undefined && state.End === true) problems.add(at, "A state has either 'Next' or 'End', not both");
  if (state.Next === undefined && state.End !== true) problems.add(at, "The field 'Next' or 'End' is required but was missing");
  if (state.Next !== undefined) target(state.Next, `${at}/Next`, states, problems);
}

function target(name: unknown, at: string, states: Record<string, State>, problems: Problems): void {
  if (typeof name !== "string" || !Object.hasOwn(states, name))
    problems.add(at, `Missing 'Next' target: ${String(name)}`, "MISSING_TRANSITION_TARGET");
}

/** Every string that is an expression has to parse. */
function checkExpressions(value: unknown, at: string, problems: Problems): void {
  if (typeof value === "string") {
    if (!isExpression(value)) return;
    try {
      parseExpression(value);
    } catch (error) {
      problems.add(at, `The JSONata expression is not valid: ${(error as Error).message}`);
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkExpressions(item, `${at}[${index}]`, problems);
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) if (!NESTED.has(name)) checkExpressions(inner, `${at}/${name}`, problems);
  }
}

/** Machines inside a state are checked on their own. */
const NESTED = new Set(["Branches", "ItemProcessor", "Iterator"]);

function checkPaths(state: State, at: string, problems: Problems): void {
  for (const [name, value] of Object.entries(state)) {
    if (!name.endsWith("Path") || value === null) continue;
    const where = `${at}/${name}`;
    if (typeof value !== "string") problems.add(where, "must be a JSONPath");
    else if (name === "ResultPath" && !isReferencePath(value)) problems.add(where, "The value of ResultPath must be a reference path of the input");
    else checkPathText(value, where, problems);
  }
  for (const member of ["Parameters", "ResultSelector", "ItemSelector", "Assign"] as const) {
    if (state[member] !== undefined) checkTemplate(state[member], `${at}/${member}`, problems);
  }
}

function checkPathText(text: string, at: string, problems: Problems): void {
  try {
    if (isIntrinsic(text)) parseIntrinsic(text);
    else parsePath(text);
  } catch (error) {
    problems.add(at, `The value must be a valid JSONPath or a valid intrinsic function call: ${(error as Error).message}`);
  }
}

function checkTemplate(template: unknown, at: string, problems: Problems): void {
  if (Array.isArray(template)) return template.forEach((item, index) => checkTemplate(item, `${at}[${index}]`, problems));
  if (!isObject(template)) return;
  for (const [name, value] of Object.entries(template)) {
    if (!name.endsWith(".$")) checkTemplate(value, `${at}/${name}`, problems);
    else if (typeof value === "string") checkPathText(value, `${at}/${name}`, problems);
    else problems.add(`${at}/${name}`, `The value for the field '${name}' must be a valid JSONPath or a valid intrinsic function call`);
  }
}

function checkErrorNames(names: unknown, at: string, last: boolean, problems: Problems): void {
  if (!Array.isArray(names) || names.length === 0) return problems.add(`${at}/ErrorEquals`, "must be a non-empty list of error names");
  if (names.includes("States.ALL") && (names.length > 1 || !last))
    problems.add(`${at}/ErrorEquals`, "States.ALL must appear alone, and in the last element");
}

function checkRetries(retries: readonly Retrier[] | undefined, at: string, problems: Problems): void {
  for (const [index, retrier] of (retries ?? []).entries()) {
    const where = `${at}/Retry[${index}]`;
    checkErrorNames(retrier.ErrorEquals, where, index === retries!.length - 1, problems);
    const limits: [keyof Retrier, (value: number) => boolean, string][] = [
      ["IntervalSeconds", (value) => Number.isInteger(value) && value >= 1 && value <= 99_999_999, "a positive integer"],
      ["MaxAttempts", (value) => Number.isInteger(value) && value >= 0 && value <= 99_999_999, "an integer that is not negative"],
      ["BackoffRate", (value) => value >= 1, "a number from 1"],
      ["MaxDelaySeconds", (value) => Number.isInteger(value) && value >= 1 && value < 31_622_400, "a positive integer below 31622400"],
    ];
    for (const [name, fits, what] of limits) {
      const value = retrier[name];
      if (value !== undefined && !(typeof value === "number" && fits(value))) problems.add(`${where}/${name}`, `must be ${what}`);
    }
    if (retrier.MaxDelaySeconds !== undefined && retrier.MaxDelaySeconds <= (retrier.IntervalSeconds ?? 1))
      problems.add(`${where}/MaxDelaySeconds`, "must be greater than IntervalSeconds");
    if (retrier.JitterStrategy !== undefined && !["FULL", "NONE"].includes(retrier.JitterStrategy))
      problems.add(`${where}/JitterStrategy`, "must be FULL or NONE");
  }
}

function checkCatchers(catchers: readonly Catcher[] | undefined, { at, states, problems }: Place): void {
  for (const [index, catcher] of (catchers ?? []).entries()) {
    const where = `${at}/Catch[${index}]`;
    checkErrorNames(catcher.ErrorEquals, where, index === catchers!.length - 1, problems);
    target(catcher.Next, `${where}/Next`, states, problems);
    if (typeof catcher.ResultPath === "string" && !isReferencePath(catcher.ResultPath))
      problems.add(`${where}/ResultPath`, "must be a reference path of the input");
  }
}

type Check = (state: State, place: Place, language: QueryLanguage) => void;

const exactlyOne = (state: State, names: (keyof State)[], { at, problems }: Place): void => {
  const there = names.filter((name) => state[name] !== undefined);
  if (there.length !== 1) problems.add(at, `exactly one of ${names.join(", ")} is required`);
};

const TYPES: Partial<Record<StateType, Check>> = {
  Task(state, { at, problems }) {
    if (typeof state.Resource !== "string") problems.add(at, "The field 'Resource' is required but was missing");
    else if (!state.Resource.startsWith("arn:")) problems.add(`${at}/Resource`, "Value is not a valid resource ARN", "INVALID_RESOURCE");
    for (const name of ["TimeoutSeconds", "HeartbeatSeconds"] as const) {
      const value = state[name];
      if (typeof value === "number" && (!Number.isInteger(value) || value < 1 || value > 99_999_999))
        problems.add(`${at}/${name}`, "must be an integer from 1 to 99999999");
    }
    if (typeof state.HeartbeatSeconds === "number" && typeof state.TimeoutSeconds === "number" && state.HeartbeatSeconds >= state.TimeoutSeconds)
      problems.add(`${at}/HeartbeatSeconds`, "must be smaller than TimeoutSeconds");
  },
  Wait(state, place, language) {
    exactlyOne(state, language === "JSONata" ? ["Seconds", "Timestamp"] : ["Seconds", "Timestamp", "SecondsPath", "TimestampPath"], place);
    const { Seconds, Timestamp } = state;
    if (
      typeof Seconds === "number"
        ? Seconds < 0 || !Number.isInteger(Seconds) || Seconds > 99_999_999
        : Seconds !== undefined && !(typeof Seconds === "string" && isExpression(Seconds))
    )
      place.problems.add(`${place.at}/Seconds`, "must be an integer from 0 to 99999999");
    if (Timestamp !== undefined && !isTimestamp(Timestamp) && !isExpression(Timestamp))
      place.problems.add(`${place.at}/Timestamp`, "must be a timestamp of RFC 3339");
  },
  Choice(state, place, language) {
    const { at, states, problems } = place;
    if (!Array.isArray(state.Choices) || state.Choices.length === 0) return problems.add(at, "The field 'Choices' is required and must not be empty");
    if (state.Default !== undefined) target(state.Default, `${at}/Default`, states, problems);
    for (const [index, rule] of state.Choices.entries()) {
      const where = `${at}/Choices[${index}]`;
      target(rule.Next, `${where}/Next`, states, problems);
      if (language === "JSONPath") checkRule(rule, where, true, problems);
      else if (rule.Condition === undefined) problems.add(where, "The field 'Condition' is required but was missing");
    }
  },
  Fail(state, { at, problems }) {
    if (state.Error !== undefined && state.ErrorPath !== undefined) problems.add(at, "A Fail state has either 'Error' or 'ErrorPath'");
    if (state.Cause !== undefined && state.CausePath !== undefined) problems.add(at, "A Fail state has either 'Cause' or 'CausePath'");
  },
  Parallel(state, { at, problems, inside }) {
    if (!Array.isArray(state.Branches) || state.Branches.length === 0)
      return problems.add(at, "The field 'Branches' is required and must not be empty");
    for (const [index, branch] of state.Branches.entries()) inside(branch, `${at}/Branches[${index}]`);
  },
  Map(state, place) {
    exactlyOne(state, ["ItemProcessor", "Iterator"], place);
    if (state.ItemProcessor !== undefined) place.inside(state.ItemProcessor, `${place.at}/ItemProcessor`);
    else if (state.Iterator !== undefined) place.inside(state.Iterator, `${place.at}/Iterator`);
  },
};

function checkRule(rule: ChoiceRule, at: string, top: boolean, problems: Problems): void {
  if (!isObject(rule)) return problems.add(at, "a rule must be an object");
  const { Variable, Next, Comment: _, Assign, ...rest } = rule;
  if (!top && (Next !== undefined || Assign !== undefined)) problems.add(at, "'Next' and 'Assign' belong to the outermost rule");
  const operators = Object.keys(rest);
  const [name = ""] = operators;
  if (operators.length !== 1) return problems.add(at, `a rule has exactly one operator, not ${operators.length}`);
  if (name === "Not") return checkRule(rest["Not"] as unknown as ChoiceRule, `${at}/Not`, false, problems);
  if (name === "And" || name === "Or") {
    const inner = rest[name];
    if (!Array.isArray(inner) || inner.length === 0) return problems.add(`${at}/${name}`, "must be a non-empty list of rules");
    return inner.forEach((one, index) => checkRule(one as unknown as ChoiceRule, `${at}/${name}[${index}]`, false, problems));
  }
  if (!isOperator(name)) return problems.add(`${at}/${name}`, `there is no operator ${name}`);
  const wrong = operandProblem(name, rest[name]);
  if (wrong !== undefined) problems.add(`${at}/${name}`, wrong);
  if (typeof Variable !== "string") problems.add(at, "The field 'Variable' is required but was missing");
  else checkPathText(Variable, `${at}/Variable`, problems);
}
