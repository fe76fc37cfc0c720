import { GetParametersByPathCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { Engine } from "./engine.ts";

/** The application's engines by name, from their parameters: which are 10 to a page (SSM API reference, GetParametersByPath). */
export async function readEngines(ssm: SSMClient, path: string): Promise<Map<string, Engine>> {
  const engines = new Map<string, Engine>();
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(new GetParametersByPathCommand({ Path: path, NextToken }));
    for (const { Value } of page.Parameters ?? []) {
      const engine = JSON.parse(Value!) as Engine;
      engines.set(engine.service, engine);
    }
    ({ NextToken } = page);
  } while (NextToken);
  return engines;
}
