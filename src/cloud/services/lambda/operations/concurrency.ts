import type {
  DeleteFunctionConcurrencyRequest,
  GetFunctionConcurrencyRequest,
  GetFunctionConcurrencyResponse,
  PutFunctionConcurrencyRequest,
} from "@aws-sdk/client-lambda";
import type { Call } from "../../../core/service.ts";
import { latestOf, parseName } from "../names.ts";
import type { LambdaParts } from "../parts.ts";
import { concurrency } from "../state.ts";
import { invalid } from "./configuration.ts";

/** The account's 1,000, of which 100 stay unreserved (Lambda Developer Guide, "Configuring reserved concurrency"). */
const RESERVABLE = 900;

export function PutFunctionConcurrency(
  deps: Pick<LambdaParts, "store">,
  input: PutFunctionConcurrencyRequest,
  call: Call,
): GetFunctionConcurrencyResponse {
  const named = parseName(input.FunctionName!, call);
  latestOf(deps.store, named);
  const reserved = input.ReservedConcurrentExecutions!;
  const table = concurrency(deps.store, named.scope);
  const others = table.entries().reduce((sum, [name, row]) => (name === named.name ? sum : sum + row.reserved), 0);
  if (reserved < 0) throw invalid("ReservedConcurrentExecutions must be 0 or more.");
  if (others + reserved > RESERVABLE) {
    throw invalid(
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    );
  }
  table.set(named.name, { reserved });
  return { ReservedConcurrentExecutions: reserved };
}

export function GetFunctionConcurrency(
  deps: Pick<LambdaParts, "store">,
  input: GetFunctionConcurrencyRequest,
  call: Call,
): GetFunctionConcurrencyResponse {
  const named = parseName(input.FunctionName!, call);
  latestOf(deps.store, named);
  const row = concurrency(deps.store, named.scope).get(named.name);
  return row ? { ReservedConcurrentExecutions: row.reserved } : {};
}

export function DeleteFunctionConcurrency(deps: Pick<LambdaParts, "store">, input: DeleteFunctionConcurrencyRequest, call: Call): object {
  const named = parseName(input.FunctionName!, call);
  latestOf(deps.store, named);
  concurrency(deps.store, named.scope).delete(named.name);
  return {};
}
