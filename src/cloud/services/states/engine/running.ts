import type { Scope } from "../asl/scope.ts";
import type { Json, JsonObject, Machine, QueryLanguage, State } from "../asl/types.ts";
import type { Data } from "./data.ts";
import type { Thread } from "./journal.ts";

/** Does the work of Task states. */
export type RunTask = (work: { state: State; data: Data; thread: Thread; scope: Scope }) => Promise<Json>;

/** What is the same for every state of a machine inside an execution. */
export interface Surroundings {
  language: QueryLanguage;
  /** The context object, without `State` and `Task`. */
  context: JsonObject;
  runTask: RunTask;
}

/** A state that is being run. */
export interface Running extends Surroundings {
  name: string;
  state: State;
  data: Data;
  thread: Thread;
  scope: Scope;
  /** For the machines inside the state. */
  runMachine: RunMachine;
}

export type RunMachine = (machine: Machine, thread: Thread, input: Json, variables: JsonObject, around: Surroundings) => Promise<Json>;
