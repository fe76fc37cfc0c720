import { GetParameterCommand, ParameterNotFound, type SSMClient } from "@aws-sdk/client-ssm";
import { sleeperParameter } from "../shared/names.ts";
import type { Sleeper } from "../shared/sleeper.ts";

/** Who has a name; undefined where nobody has, or not any more, or not yet. @param name lower case, without a dot at its end */
export type Sleepers = (name: string) => Promise<Sleeper | undefined>;

/**
 * How long what a parameter says is believed. A resolver asks each second (RECORD_TTL), and SSM answers 40 times a second before it
 * costs something (SSM endpoints and quotas, GetParameter); a deployment takes longer than this to be done.
 */
export const BELIEVED_MS = 5000;

/** The leaves that share a zone: one parameter for each, of which the one of the asked name is read. */
export function sleepersOf(ssm: SSMClient, of: { application: string; environment: string; zone: string }, now: () => number): Sleepers {
  const known = new Map<string, { sleeper: Sleeper; until: number }>();
  return async (name) => {
    const label = labelOf(name, of.zone);
    if (label === undefined) return undefined;
    const cached = known.get(label);
    if (cached && now() < cached.until) return cached.sleeper;
    known.delete(label);
    const sleeper = await read(ssm, sleeperParameter(of.application, of.environment, label));
    // That there is none is not believed: the next query may come after the deployment.
    if (sleeper) known.set(label, { sleeper, until: now() + BELIEVED_MS });
    return sleeper;
  };
}

/** The one label of a name that is directly below a zone. What is no label of a host's name is no parameter's either. */
function labelOf(name: string, zone: string): string | undefined {
  if (!name.endsWith(`.${zone}`)) return undefined;
  const label = name.slice(0, -zone.length - 1);
  return /^[a-z0-9-]+$/.test(label) ? label : undefined;
}

async function read(ssm: SSMClient, Name: string): Promise<Sleeper | undefined> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    return JSON.parse(Parameter!.Value!) as Sleeper;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}
