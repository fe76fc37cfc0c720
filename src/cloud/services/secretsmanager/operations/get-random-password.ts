import type { GetRandomPasswordRequest, GetRandomPasswordResponse } from "@aws-sdk/client-secrets-manager";
import type { Ids } from "../../../core/ids.ts";
import type { SecretsManagerParts } from "../index.ts";
import { invalidParameter } from "../shared.ts";

/** The kinds of characters, punctuation as API_GetRandomPassword lists it. */
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

const DEFAULT_LENGTH = 32;
const MOST = 4096;

/** @throws AwsError InvalidParameterException where no such password can be */
export function GetRandomPassword({ ids }: Pick<SecretsManagerParts, "ids">, input: GetRandomPasswordRequest): GetRandomPasswordResponse {
  const length = input.PasswordLength ?? DEFAULT_LENGTH;
  if (!Number.isInteger(length) || length < 1 || length > MOST) throw invalidParameter(`PasswordLength must be between 1 and ${MOST}.`);
  const kinds = kindsOf(input);
  if (kinds.length === 0) throw invalidParameter("The password can't be empty: the parameters leave no character for it.");
  const each = input.RequireEachIncludedType ?? true;
  if (each && length < kinds.length) throw invalidParameter(`Password length ${length} is too short based on the required types.`);
  const all = kinds.join("");
  const chosen = Array.from({ length }, (_, i) => pick(ids, each && i < kinds.length ? kinds[i]! : all));
  return { RandomPassword: shuffled(ids, chosen).join("") };
}

/** The characters of each kind that may be in it; kinds of which nothing is left are left out. */
function kindsOf(input: GetRandomPasswordRequest): string[] {
  const excluded = new Set(input.ExcludeCharacters ?? "");
  const kinds = [
    input.ExcludeLowercase ? "" : LOWER,
    input.ExcludeUppercase ? "" : UPPER,
    input.ExcludeNumbers ? "" : DIGITS,
    input.ExcludePunctuation ? "" : PUNCTUATION,
    input.IncludeSpace ? " " : "",
  ];
  return kinds
    .map((kind) =>
      kind
        .split("")
        .filter((character) => !excluded.has(character))
        .join(""),
    )
    .filter((kind) => kind !== "");
}

const pick = (ids: Pick<Ids, "fraction">, from: string): string => from[Math.floor(ids.fraction() * from.length)]!;

/** Fisher and Yates: those that had to be there stand anywhere. */
function shuffled(ids: Pick<Ids, "fraction">, characters: string[]): string[] {
  const out = [...characters];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(ids.fraction() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
