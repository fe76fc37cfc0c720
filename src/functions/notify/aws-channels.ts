import { GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { Channel } from "../shared/alerts.ts";
import { alertsParameter } from "../shared/names.ts";

/** Reads who hears of everything, and of a leaf: two lists, of which one may be missing. */
export async function readChannels(
  ssm: SSMClient,
  { application, environment }: { readonly application: string; readonly environment: string },
  leaf: string | undefined,
): Promise<Channel[][]> {
  const Names = [alertsParameter(application, environment), ...(leaf === undefined ? [] : [alertsParameter(application, environment, leaf)])];
  const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names }));
  return Names.map((name) => JSON.parse(Parameters.find(({ Name }) => Name === name)?.Value ?? "[]") as Channel[]);
}
