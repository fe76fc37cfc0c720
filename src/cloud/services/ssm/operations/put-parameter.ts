import type { PutParameterRequest, PutParameterResult } from "@aws-sdk/client-ssm";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SsmDeps } from "../index.ts";
import { checkName, plainName } from "../names.ts";
import { fromTags } from "../shared.ts";
import { parameters, type ParameterRow, type ParameterVersion } from "../state.ts";

const KINDS: readonly string[] = ["String", "StringList", "SecureString"];
/** Characters by tier; and versions that are kept (Systems Manager User Guide, "Managing parameter tiers" and "… versions"). */
const LIMITS = { Standard: 4096, Advanced: 8192 };
const VERSIONS = 100;

/** Creates a parameter, or a new version of it with `Overwrite`. SecureString values are kept like others: there is no KMS here. */
export function PutParameter({ store, clock }: Pick<SsmDeps, "store" | "clock">, input: PutParameterRequest, call: Call): PutParameterResult {
  const name = plainName(input.Name!);
  checkName(name);
  if (input.Policies !== undefined && input.Policies !== "" && input.Policies !== "[]") throw new NotSupported("ssm", "PutParameter", "Policies");
  const table = parameters(store, call);
  const present = table.get(name);
  if (present && !input.Overwrite) {
    throw new AwsError(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
  if (input.Overwrite && input.Tags?.length) {
    throw new AwsError(
      "ValidationException",
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  const version = newVersion(input, present, call, clock.now());
  const tier = tierOf(input, present, version.value);
  table.set(name, {
    name,
    tier,
    versions: [...(present?.versions ?? []), version].slice(-VERSIONS),
    tags: present?.tags ?? fromTags(input.Tags),
  });
  return { Version: version.version, Tier: tier };
}

function newVersion(input: PutParameterRequest, present: ParameterRow | undefined, call: Call, now: number): ParameterVersion {
  const last = present?.versions.at(-1);
  const type = input.Type ?? last?.type;
  if (!type) throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
  if (!KINDS.includes(type)) throw new AwsError("UnsupportedParameterType", `The parameter type ${type} isn't supported.`);
  const value = input.Value!;
  if (value === "")
    throw new AwsError(
      "ValidationException",
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  const allowedPattern = input.AllowedPattern ?? last?.allowedPattern;
  if (allowedPattern && !patternOf(allowedPattern).test(value)) {
    throw new AwsError("ParameterPatternMismatchException", `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`);
  }
  const dataType = input.DataType ?? last?.dataType ?? "text";
  if (dataType !== "text" && dataType !== "aws:ec2:image") throw new NotSupported("ssm", "PutParameter", `DataType ${dataType}`);
  if (dataType === "aws:ec2:image" && !/^ami-[0-9a-f]{8,17}$/.test(value)) {
    throw new AwsError("ValidationException", `The value ${value} is no identifier of an Amazon Machine Image.`);
  }
  const description = input.Description ?? last?.description;
  return {
    version: (last?.version ?? 0) + 1,
    value,
    type,
    modified: now,
    modifiedBy: call.principal.arn,
    ...(description === undefined ? {} : { description }),
    ...(allowedPattern ? { allowedPattern } : {}),
    ...(type === "SecureString" ? { keyId: input.KeyId ?? last?.keyId ?? "alias/aws/ssm" } : {}),
    dataType,
    labels: [],
  };
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new AwsError("InvalidAllowedPatternException", `The request doesn't meet the regular expression requirement: ${text}`);
  }
}

function tierOf(input: PutParameterRequest, present: ParameterRow | undefined, value: string): "Standard" | "Advanced" {
  const wanted = input.Tier ?? present?.tier ?? "Standard";
  const size = Buffer.byteLength(value);
  // Intelligent-Tiering takes the cheaper tier that will do; an advanced parameter never becomes a standard one again.
  const tier = wanted === "Intelligent-Tiering" ? (size > LIMITS.Standard || present?.tier === "Advanced" ? "Advanced" : "Standard") : wanted;
  if (tier === "Standard" && present?.tier === "Advanced") {
    throw new AwsError(
      "ValidationException",
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
    );
  }
  if (size > LIMITS[tier]) {
    const advice = tier === "Standard" ? " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier." : "";
    throw new AwsError("ValidationException", `${tier} tier parameters support a maximum parameter value of ${LIMITS[tier]} characters.${advice}`);
  }
  return tier;
}
