/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export type QueryLanguage = "JSONPath" | "JSONata";

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: "FULL" | "NONE";
}

export interface Catcher {
  ErrorEquals: string[];
  Next: string;
  ResultPath?: string | null;
  Output?: Json;
  Assign?: JsonObject;
}

/** A rule of a Choice state, or a part of one: operators stand beside `Variable` under their own names. */
export interface ChoiceRule {
  Variable?: string;
  Condition?: Json;
  And?: ChoiceRule[];
  Or?: ChoiceRule[];
  Not?: ChoiceRule;
  Next?: string;
  Output?: Json;
  Assign?: JsonObject;
  [operator: string]: unknown;
}

export interface Machine {
  StartAt: string;
  States: Record<string, State>;
  Comment?: string;
  Version?: string;
  TimeoutSeconds?: number;
  QueryLanguage?: QueryLanguage;
  ProcessorConfig?: { Mode?: "INLINE" | "DISTRIBUTED"; ExecutionType?: string };
}

export type StateType = "Task" | "Pass" | "Choice" | "Wait" | "Succeed" | "Fail" | "Parallel" | "Map";

/** A state of any type; validation has seen to it that only members of its type are there (Amazon States Language, states-language.net). */
export interface State {
  Type: StateType;
  Comment?: string;
  QueryLanguage?: QueryLanguage;
  Next?: string;
  End?: boolean;
  InputPath?: string | null;
  OutputPath?: string | null;
  ResultPath?: string | null;
  Parameters?: Json;
  ResultSelector?: JsonObject;
  Arguments?: Json;
  Output?: Json;
  Assign?: JsonObject;
  Retry?: Retrier[];
  Catch?: Catcher[];
  /* Task */
  Resource?: string;
  TimeoutSeconds?: Json;
  TimeoutSecondsPath?: string;
  HeartbeatSeconds?: Json;
  HeartbeatSecondsPath?: string;
  /* Pass */
  Result?: Json;
  /* Choice */
  Choices?: ChoiceRule[];
  Default?: string;
  /* Wait */
  Seconds?: Json;
  SecondsPath?: string;
  Timestamp?: string;
  TimestampPath?: string;
  /* Fail */
  Error?: string;
  ErrorPath?: string;
  Cause?: string;
  CausePath?: string;
  /* Parallel */
  Branches?: Machine[];
  /* Map */
  ItemProcessor?: Machine;
  Iterator?: Machine;
  ItemsPath?: string;
  Items?: Json;
  ItemSelector?: Json;
  MaxConcurrency?: Json;
  MaxConcurrencyPath?: string;
}

/** A string as it is, anything else as JSON. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

export const isObject = (value: unknown): value is Record<string, Json> => typeof value === "object" && value !== null && !Array.isArray(value);
