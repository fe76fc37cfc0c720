import { runtimeError, StatesError } from "../asl/errors.ts";
import { transform } from "../asl/jsonata.ts";
import { lookUp, type Scope } from "../asl/scope.ts";
import { fill } from "../asl/template.ts";
import type { Json, JsonObject, Machine } from "../asl/types.ts";
import { Aborted, type Thread } from "./journal.ts";
import type { Running } from "./running.ts";

/** What happens to a part that ends badly. */
interface Part {
  run: (thread: Thread) => Promise<Json>;
  started?: (thread: Thread) => void;
  succeeded?: (thread: Thread) => void;
  /** @param aborted it was stopped because another part failed */
  failed?: (thread: Thread, aborted: boolean) => void;
}

/** Runs parts at the same time, `width` at most; the first error stops the others. All results together are one effect. */
async function together({ thread }: Running, label: string, parts: Part[], width: number): Promise<Json[]> {
  const stop = new AbortController();
  const forward = (): void => stop.abort(thread.signal.reason);
  if (thread.signal.aborted) forward();
  thread.signal.addEventListener("abort", forward, { once: true });
  // Attempts are told apart, so that a retry does not find the results of the one before.
  const attempt = thread.chance.uuid();
  const threads = parts.map((_, index) => thread.branch(`${label}${index}.${attempt}`, stop.signal));
  try {
    return await thread.effect(async () => {
      const results: Json[] = Array.from({ length: parts.length }, () => null);
      let next = 0;
      let first: { error: unknown } | undefined;
      const failed = (): { error: unknown } | undefined => first;
      const worker = async (): Promise<void> => {
        while (next < parts.length && first === undefined) {
          const index = next++;
          try {
            results[index] = await runPart(parts[index]!, threads[index]!);
          } catch (error) {
            first ??= { error };
            stop.abort("another branch failed");
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(width, parts.length) }, worker));
      const failure = failed();
      // oxlint-disable-next-line typescript/only-throw-error -- the very error that the branch threw
      if (failure) throw failure.error;
      return results;
    });
  } finally {
    thread.signal.removeEventListener("abort", forward);
    thread.lastEvent = Math.max(thread.lastEvent, ...threads.map(({ lastEvent }) => lastEvent));
  }
}

async function runPart(part: Part, thread: Thread): Promise<Json> {
  part.started?.(thread);
  try {
    const result = await part.run(thread);
    part.succeeded?.(thread);
    return result;
  } catch (error) {
    part.failed?.(thread, error instanceof Aborted);
    throw error;
  }
}

/** Every branch gets the same input; the result is the list of their outputs. */
export async function runParallel(running: Running): Promise<Json> {
  const { state, data, thread, scope } = running;
  const input = await data.arguments(scope);
  thread.emit("ParallelStateStarted");
  const branches = state.Branches!.map((branch): Part => ({ run: (line) => runInside(running, branch, line, input, scope.context) }));
  return told(running, "Parallel", () => together(running, "b", branches, branches.length));
}

/** Every item goes through the processor; the result is the list of what they became. */
export async function runMap(running: Running): Promise<Json> {
  const { state, data, thread, scope, name } = running;
  const items = await itemsOf(running);
  const width = (await data.wholeNumber("MaxConcurrency", scope)) || 40;
  const processor = (state.ItemProcessor ?? state.Iterator)!;
  const event = (type: string, line: Thread, index: number): void =>
    void line.emit(`MapIteration${type}`, { member: `mapIteration${type}EventDetails`, value: { name, index } });
  thread.emit("MapStateStarted", { member: "mapStateStartedEventDetails", value: { length: items.length } });
  const parts = items.map((item, index): Part => {
    const context = { ...scope.context, Map: { Item: { Index: index, Value: item } } };
    return {
      run: async (line) => runInside(running, processor, line, await inputOf(running, { ...scope, context }, item), context),
      started: (line) => event("Started", line, index),
      succeeded: (line) => event("Succeeded", line, index),
      failed(line, aborted) {
        const type = aborted ? "Aborted" : "Failed";
        const details = { member: `mapIteration${type}EventDetails`, value: { name, index } };
        if (!(aborted && running.thread.signal.aborted))
          line.lastEvent = line.course.history.add(line.lastEvent, `MapIteration${type}`, details, true);
      },
    };
  });
  return told(running, "Map", () => together(running, "i", parts, width));
}

/** The context object's `Map` is that of the innermost Map state. */
const runInside = (running: Running, machine: Machine, line: Thread, input: Json, context: JsonObject): Promise<Json> => {
  const { State: _, Task: __, ...outer } = context;
  return running.runMachine(machine, line, input, running.scope.variables, { ...running, context: outer });
};

async function told({ thread }: Running, type: "Parallel" | "Map", work: () => Promise<Json[]>): Promise<Json> {
  try {
    const results = await work();
    thread.emit(`${type}StateSucceeded`);
    return results;
  } catch (error) {
    if (error instanceof StatesError) thread.emit(`${type}StateFailed`);
    throw error;
  }
}

async function itemsOf({ state, data, scope }: Running): Promise<Json[]> {
  let items: Json;
  if (data.language === "JSONata") items = state.Items === undefined ? scope.input : await transform(state.Items, scope, "Items");
  else {
    const input = { ...scope, input: data.effectiveInput(scope) };
    items = state.ItemsPath === undefined ? input.input : lookUp(state.ItemsPath, input, "ItemsPath");
  }
  if (!Array.isArray(items)) throw runtimeError(`Reference path "${state.ItemsPath ?? "$"}" must point to array.`);
  return items;
}

/** ItemSelector, or Parameters as it was called once; the item itself where there is neither. */
async function inputOf({ state, data }: Running, scope: Scope, item: Json): Promise<Json> {
  const template = state.ItemSelector ?? state.Parameters;
  if (template === undefined) return item;
  if (data.language === "JSONata") return transform(template, scope, "ItemSelector");
  return fill(template, { ...scope, input: data.effectiveInput(scope) });
}
