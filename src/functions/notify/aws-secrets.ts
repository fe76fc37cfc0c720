import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import type { SecretPlace } from "../shared/alerts.ts";
import { CLIENT } from "../shared/sdk.ts";
import { NoSecret, placeName, type World } from "./deliver.ts";

/** Milliseconds for which what was read is good: a new value is used soon, and a burst of messages reads once. */
const FRESH_MS = 60_000;

export interface SecretClients {
  /** @param region undefined for the function's own */
  readonly ssm: (region: string | undefined) => SSMClient;
  readonly secrets: (region: string | undefined) => SecretsManagerClient;
}

const awsClients: SecretClients = {
  ssm: (region) => new SSMClient({ ...CLIENT, ...(region === undefined ? {} : { region }) }),
  secrets: (region) => new SecretsManagerClient({ ...CLIENT, ...(region === undefined ? {} : { region }) }),
};

/** Reads secrets, and remembers them for a minute. */
export function awsSecrets(now: () => number, clients: SecretClients = awsClients): Pick<World, "secret" | "forget"> {
  const known = new Map<string, { readonly at: number; readonly value: Promise<string> }>();
  return {
    secret: (place) => {
      const key = JSON.stringify(place);
      const before = known.get(key);
      if (before && now() - before.at < FRESH_MS) return before.value;
      const value = read(place, clients);
      known.set(key, { at: now(), value });
      value.catch(() => known.delete(key));
      return value;
    },
    forget: (place) => void known.delete(JSON.stringify(place)),
  };
}

async function read(place: SecretPlace, clients: SecretClients): Promise<string> {
  try {
    return "parameter" in place ? await readParameter(place.parameter, clients) : await readSecret(place, clients);
  } catch (error) {
    if (error instanceof ParameterNotFound || error instanceof ResourceNotFoundException)
      throw new NoSecret(`there is no such thing as ${placeName(place)}`);
    throw error;
  }
}

const regionOf = (name: string): string | undefined => (name.startsWith("arn:") ? name.split(":")[3] : undefined);

async function readParameter(name: string, { ssm }: SecretClients): Promise<string> {
  const { Parameter } = await ssm(regionOf(name)).send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  return Parameter?.Value ?? "";
}

async function readSecret(place: { readonly secret: string; readonly key?: string }, { secrets }: SecretClients): Promise<string> {
  const { SecretString = "" } = await secrets(regionOf(place.secret)).send(new GetSecretValueCommand({ SecretId: place.secret }));
  if (place.key === undefined) return SecretString;
  let value: unknown;
  try {
    value = (JSON.parse(SecretString) as Record<string, unknown> | null)?.[place.key];
  } catch {
    throw new NoSecret(`${placeName(place)} is not JSON, and so has no key ${place.key}`);
  }
  if (typeof value !== "string") throw new NoSecret(`${placeName(place)} has no key ${place.key}`);
  return value;
}
