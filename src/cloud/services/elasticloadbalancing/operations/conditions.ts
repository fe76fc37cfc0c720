import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { notSupported, validationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/* Limits of lengths and characters: API reference, RuleCondition and its …Config structures. */

const CONFIGS = {
  "host-header": "HostHeaderConfig",
  "path-pattern": "PathPatternConfig",
  "http-header": "HttpHeaderConfig",
  "http-request-method": "HttpRequestMethodConfig",
  "query-string": "QueryStringConfig",
  "source-ip": "SourceIpConfig",
} as const;

type Field = keyof typeof CONFIGS;

/** "Each rule can optionally include up to one of each of the following conditions"; of the others, any number. */
const ONCE: Field[] = ["http-request-method", "host-header", "path-pattern", "source-ip"];

const isField = (field: string | undefined): field is Field => field !== undefined && field in CONFIGS;

/** Conditions as DescribeRules gives them back: with the values in both spellings where there are two. @throws AwsError ValidationError */
export function checkConditions(given: readonly RuleCondition[] | undefined, operation: string): RuleCondition[] {
  if (!given || given.length === 0) throw validationError("A condition must be specified");
  const checked = given.map((condition) => checkCondition(condition, operation));
  const twice = ONCE.find((field) => checked.filter(({ Field }) => Field === field).length > 1);
  if (twice) throw validationError(`A rule can only have one '${twice}' condition`);
  const values = checked.flatMap(valuesOf);
  if (values.length > LIMITS["condition-values-per-alb-rule"])
    throw validationError(`A rule can only have '${LIMITS["condition-values-per-alb-rule"]}' condition values`);
  const wildcards = checked.filter(({ Field }) => Field !== "source-ip" && Field !== "http-request-method").flatMap(valuesOf);
  if (
    wildcards
      .join("")
      .replace(/\\[*?]/g, "")
      .replace(/[^*?]/g, "").length > LIMITS["condition-wildcards-per-alb-rule"]
  )
    throw validationError(`A rule can only have '${LIMITS["condition-wildcards-per-alb-rule"]}' condition wildcards`);
  return checked;
}

function valuesOf(condition: RuleCondition): string[] {
  const query = condition.QueryStringConfig?.Values?.map(({ Key, Value }) => (Key === undefined ? (Value ?? "") : `${Key}=${Value}`));
  return query ?? configOf(condition)?.Values ?? [];
}

const configOf = (condition: RuleCondition): { Values?: string[] | undefined } | undefined =>
  condition[CONFIGS[condition.Field as Exclude<Field, "query-string">]];

function checkCondition(condition: RuleCondition, operation: string): RuleCondition {
  const field = condition.Field;
  if (!isField(field)) throw validationError(`Condition field '${field}' must be one of '[${Object.keys(CONFIGS).join(",")}]'`);
  for (const [other, config] of Object.entries(CONFIGS))
    if (other !== field && condition[config]) throw validationError(`The '${config}' is not compatible with '${field}'`);
  const regex = condition.RegexValues ?? (configOf(condition) as { RegexValues?: string[] } | undefined)?.RegexValues;
  if (regex?.length) throw notSupported(operation, "conditions with regular expressions");
  if (field === "host-header" || field === "path-pattern") return checkPattern(condition, field);
  if (condition.Values?.length) throw validationError(`The 'Values' field is not compatible with '${field}'`);
  if (!condition[CONFIGS[field]]) throw validationError(`A '${CONFIGS[field]}' must be specified with '${field}'`);
  if (valuesOf(condition).length === 0) throw validationError("A condition value must be specified");
  CHECKS[field](condition);
  return { Field: field, [CONFIGS[field]]: condition[CONFIGS[field]] };
}

function checkPattern(condition: RuleCondition, field: "host-header" | "path-pattern"): RuleCondition {
  const config = condition[CONFIGS[field]];
  const own = condition.Values?.length ? condition.Values : undefined;
  if (own && config && own.join("\n") !== config.Values?.join("\n"))
    throw validationError(`You cannot provide both Values and '${CONFIGS[field]}' for a condition of type '${field}'`);
  if (own && !config && own.length > 1) throw validationError(`The '${field}' field contains too many values; the limit is '1'`);
  const values = config?.Values ?? own ?? [];
  if (values.length === 0) throw validationError("A condition value must be specified");
  tooLong(field, values, 128);
  const allowed = field === "host-header" ? /^[A-Za-z0-9.*?-]+$/ : /^[A-Za-z0-9_.$/~"'@:+&*?-]+$/;
  const bad = values.find((value) => !allowed.test(value));
  if (bad !== undefined) throw validationError(`The ${field} value '${bad}' contains characters that are not allowed`);
  return { Field: field, Values: values, [CONFIGS[field]]: { Values: values } };
}

function tooLong(what: string, values: readonly (string | undefined)[], most: number): void {
  if (values.some((value) => (value ?? "").length > most)) throw validationError(`The '${what}' value is too long; the limit is '${most}'`);
}

const CIDR = /^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\/\d{1,3})$/;

const CHECKS: Record<Exclude<Field, "host-header" | "path-pattern">, (condition: RuleCondition) => void> = {
  "http-header": ({ HttpHeaderConfig: config }) => {
    if (!config?.HttpHeaderName) throw validationError("An 'HttpHeaderName' must be specified");
    tooLong("HttpHeaderName", [config.HttpHeaderName], 40);
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(config.HttpHeaderName))
      throw validationError(`The 'HttpHeaderName' value '${config.HttpHeaderName}' is invalid`);
    if (config.HttpHeaderName.toLowerCase() === "host")
      throw validationError("You can't use an HTTP header condition to specify the host header. Instead, use a host condition");
    tooLong("http-header", config.Values ?? [], 128);
  },
  "http-request-method": ({ HttpRequestMethodConfig: config }) => {
    tooLong("http-request-method", config?.Values ?? [], 40);
    if (config?.Values?.some((value) => !/^[A-Z_-]+$/.test(value)))
      throw validationError("The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore");
  },
  "query-string": ({ QueryStringConfig: config }) => {
    for (const { Key, Value } of config?.Values ?? []) {
      if (Value === undefined) throw validationError("A 'Value' must be specified in 'QueryStringKeyValuePair'");
      tooLong("Key", [Key], 128);
      tooLong("Value", [Value], 128);
    }
  },
  "source-ip": ({ SourceIpConfig: config }) => {
    const bad = config?.Values?.find((value) => !CIDR.test(value));
    if (bad !== undefined) throw validationError(`The source-ip value '${bad}' is not a valid CIDR block`);
  },
};
