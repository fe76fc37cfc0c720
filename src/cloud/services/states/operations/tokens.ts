import type { SendTaskFailureInput, SendTaskHeartbeatInput, SendTaskSuccessInput } from "@aws-sdk/client-sfn";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { Json } from "../asl/types.ts";
import { answerToken } from "../engine/tokens.ts";
import type { StatesParts } from "../index.ts";

type Deps = Pick<StatesParts, "store" | "clock" | "executions">;

export function SendTaskSuccess({ store, executions }: Deps, input: SendTaskSuccessInput, call: Call): object {
  let output: Json;
  try {
    output = JSON.parse(input.output ?? "") as Json;
  } catch (error) {
    throw new AwsError("InvalidOutput", `Invalid Output: '${error instanceof Error ? error.message : String(error)}'`);
  }
  answerToken({ store }, executions.waiting, call, input.taskToken ?? "", { answer: { output } });
  return {};
}

export function SendTaskFailure({ store, executions }: Deps, input: SendTaskFailureInput, call: Call): object {
  const answer = { error: input.error ?? "", cause: input.cause ?? "" };
  answerToken({ store }, executions.waiting, call, input.taskToken ?? "", { answer });
  return {};
}

export function SendTaskHeartbeat({ store, clock, executions }: Deps, input: SendTaskHeartbeatInput, call: Call): object {
  answerToken({ store }, executions.waiting, call, input.taskToken ?? "", { aliveAt: clock.now() });
  return {};
}
