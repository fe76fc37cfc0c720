import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";

/**
 * The ID of the zone in which the leaf's records are, asked for once: another zone is another deployment of the function.
 * @param said ID, or, beginning with a slash, name of a parameter that has it
 * @param ssm where that is
 */
export function hostedZone(said: string, ssm: () => SSMClient): () => Promise<string> {
  let known: Promise<string> | undefined;
  return () => {
    known ??= said.startsWith("/") ? read(ssm(), said) : Promise.resolve(said);
    // What could not be read is asked for again.
    known.catch(() => (known = undefined));
    return known;
  };
}

async function read(ssm: SSMClient, Name: string): Promise<string> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
  return Parameter!.Value!;
}
