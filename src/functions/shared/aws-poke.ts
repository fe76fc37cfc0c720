import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CLIENT } from "./sdk.ts";

let client: LambdaClient | undefined;

/** Invokes a function and does not wait for it. It looks at the state and not at this event. */
export async function poke(functionName: string): Promise<void> {
  client ??= new LambdaClient(CLIENT);
  await client.send(new InvokeCommand({ FunctionName: functionName, InvocationType: "Event", Payload: new TextEncoder().encode("{}") }));
}
