import { nameFrom } from "../init/answers.ts";
import type { Draft } from "./draft.ts";
import type { Row } from "./result.ts";

/** A variable of config.global or config.<environment>, as it is after both were read. */
export interface Variable {
  value: string;
  lost(text: string, instead: string): void;
  changed(text: string): void;
}

export interface ConfigTarget {
  base: Draft;
  leaf: Draft;
  /** Absent for what holds in all of them, and in `local`. */
  environment: string | undefined;
  environments: readonly string[];
  /** Any other variable; undefined where it is not set, or to nothing. */
  get(key: string): string | undefined;
  hostedZoneId?: string;
  /** Of the environment. */
  account?: string;
  variables: Set<string>;
}

type KeyRow = Row<Variable, ConfigTarget>;

/** The four triggers, and those of them that are services. `ecs_eventbridge` is what holds where none is given (variables.tf). */
const SERVICES = ["ecs_api_service", "ecs_internal_api_service", "ecs_background_service"];
const trigger = (to: ConfigTarget): string => to.get("TRIGGER_TYPE") ?? "ecs_eventbridge";
const isApi = (to: ConfigTarget): boolean => /^ecs_(?:internal_)?api_service$/.test(trigger(to));

const whole = (from: Variable, set: (value: number) => void): void => {
  if (/^\d+$/.test(from.value)) set(Number(from.value));
  else from.lost(`${JSON.stringify(from.value)} is no whole number`, "correct it, and import again");
};

const none =
  (why: string, instead: string) =>
  (from: Variable): void =>
    from.lost(why, instead);

function name(from: Variable, to: ConfigTarget): void {
  const made = nameFrom(from.value, 30);
  if (made === undefined) return from.lost("it makes no name", "--name");
  if (made !== from.value) from.changed(`${from.value} is written ${made}: lower-case letters, digits and hyphens`);
  to.base.set(["name"], made);
}

/** The old name of each environment has it in it, and stays what tells two environments of one account apart. */
function ident(from: Variable, to: ConfigTarget): void {
  if (to.environment !== undefined) return name(from, to);
  if (to.get("APP_IDENT_WITHOUT_ENV") === undefined) name(from, to);
}

function launchType(from: Variable, to: ConfigTarget): void {
  const on = { FARGATE: "fargate", FARGATE_SPOT: "fargate-spot" }[from.value.toUpperCase()];
  if (on !== undefined) return to.leaf.set(["compute", "on"], on);
  from.lost(
    from.value.toUpperCase() === "EC2"
      ? "the instances of the cluster were not part of the project; fargate was written"
      : `${JSON.stringify(from.value)} is no launch type; fargate was written`,
    "compute: {on: ec2, instanceType: …} in leaves/app.yaml",
  );
}

function architecture(from: Variable, to: ConfigTarget): void {
  const found = { X86_64: "x86_64", ARM64: "arm64" }[from.value.toUpperCase()];
  if (found === undefined) return from.lost(`${JSON.stringify(from.value)} is no processor`, "x86_64 or arm64");
  to.leaf.set(["compute", "architecture"], found);
}

function role(from: Variable, to: ConfigTarget): void {
  const account = /^arn:aws[a-z-]*:iam::(\d{12}):role\//.exec(from.value)?.[1];
  if (account === undefined) return from.lost("no account of 12 digits stands in it", "environments: {prod: {account: …}} in rouse.yaml");
  to.account = account;
  from.changed("its account is the environment's; the role itself is the variable AWS_ROLE_ARN of the environment on GitHub, and must trust it");
}

const count =
  (key: "min" | "max") =>
  (from: Variable, to: ConfigTarget): void => {
    if (!SERVICES.includes(trigger(to))) return from.lost("a scheduled task runs once for each tick", "nothing");
    if (key === "max" && !isApi(to)) return from.lost("a background service was not scaled", "scale: {min, max, cpu} in leaves/app.yaml");
    whole(from, (value) => to.leaf.set(["scale", key], value));
  };

function schedule(from: Variable, to: ConfigTarget): void {
  if (trigger(to) !== "ecs_eventbridge") return from.lost("a service has no schedule", "nothing");
  const given = from.value.trim();
  const expression = /^(?:cron|rate)\(/.test(given) ? given : `cron(${given})`;
  if (expression !== given) from.changed(`${given} → wake.schedule: ${expression}`);
  to.leaf.set(["wake", "schedule"], expression);
}

function domain(from: Variable, to: ConfigTarget): void {
  if (!isApi(to)) return from.lost("nothing reaches it", "nothing");
  if (to.get("API_ROOT_DOMAIN") === undefined)
    return from.lost(
      "the zone that it lies in is not given (API_ROOT_DOMAIN)",
      "domain in leaves/app.yaml, with domain: {name, hostedZoneId} in rouse.yaml",
    );
  // The embedded cloud has no certificate for it; local does without.
  if (to.environment !== undefined) to.leaf.set(["domain"], from.value.toLowerCase());
}

function rootDomain(from: Variable, to: ConfigTarget): void {
  if (!isApi(to) || to.get("API_DOMAIN") === undefined) return from.lost("nothing has a name in it", "nothing");
  if (to.environment === undefined) return;
  to.base.set(["domain", "name"], from.value.toLowerCase());
  to.base.set(["domain", "hostedZoneId"], to.hostedZoneId ?? "${HOSTED_ZONE_ID}");
  if (to.hostedZoneId !== undefined) return;
  to.variables.add("HOSTED_ZONE_ID");
  from.changed("Terraform looked the zone's ID up; it is ${HOSTED_ZONE_ID} here, unless --hosted-zone-id gives it");
}

function triggerType(from: Variable): void {
  if (from.value === "ecs_eventbridge" || SERVICES.includes(from.value)) return;
  from.lost(`${JSON.stringify(from.value)} is no trigger; ecs_eventbridge was taken`, ["ecs_eventbridge", ...SERVICES].join(", "));
}

export const CONFIG_ROWS: KeyRow[] = [
  {
    old: "APP_IDENT_WITHOUT_ENV",
    becomes: "rouse.yaml: name",
    how: "in lower case, `_` → `-`, at most 30",
    carry: (from, to) => (to.environment === undefined || to.get("APP_IDENT") === undefined ? name(from, to) : undefined),
  },
  { old: "APP_IDENT", becomes: "rouse.<environment>.yaml: name", how: "the same, as it is in the environment", carry: ident },
  { old: "AWS_DEFAULT_REGION, AWS_REGION", becomes: "rouse.yaml: region", how: "", carry: (from, to) => to.base.set(["region"], from.value) },
  {
    old: "AWS_ROLE_ARN",
    becomes: "rouse.yaml: environments.<environment>.account",
    how: "the account in it; the role is a variable on GitHub (`rouse init --github`)",
    carry: role,
  },
  {
    old: "APP_CPU",
    becomes: "compute.cpu",
    how: "CPU units, as before",
    carry: (from, to) => whole(from, (value) => to.leaf.set(["compute", "cpu"], value)),
  },
  {
    old: "APP_MEMORY",
    becomes: "compute.memory",
    how: "MiB, as before",
    carry: (from, to) => whole(from, (value) => to.leaf.set(["compute", "memory"], value)),
  },
  {
    old: "LAUNCH_TYPE",
    becomes: "compute.on",
    how: "`FARGATE` → `fargate`, `FARGATE_SPOT` → `fargate-spot`; `EC2` cannot be carried over",
    carry: launchType,
  },
  { old: "CPU_ARCHITECTURE", becomes: "compute.architecture", how: "`X86_64` → `x86_64`, `ARM64` → `arm64`", carry: architecture },
  {
    old: "VPC_NAME",
    becomes: "rouse.yaml: vpc.name",
    how: "where it is missing or empty: `vpc.default: true`; in `local` a network of its own",
    carry: () => undefined,
  },
  {
    old: "TRIGGER_TYPE",
    becomes: "wake",
    how: "`ecs_eventbridge`, also where it is missing → `schedule`; `ecs_api_service`, `ecs_internal_api_service` (`visibility: internal`) and `ecs_background_service` (no ports) → `always`",
    carry: triggerType,
  },
  {
    old: "SCHEDULE, SCHEDULE_EXPRESSION",
    becomes: "wake.schedule",
    how: "`0 6 * * ? *` → `cron(0 6 * * ? *)`; where it is missing the `cron(0 * * * ? *)` of ecs_eventbridge.tf. On in `prod` alone, as there",
    carry: schedule,
  },
  { old: "MIN_COUNT", becomes: "scale.min", how: "of services", carry: count("min") },
  {
    old: "MAX_COUNT",
    becomes: "scale.max",
    how: "of services with a load balancer, with `scale.cpu: 75`; where it is missing 100, as there",
    carry: count("max"),
  },
  { old: "API_DOMAIN", becomes: "domain", how: "in the overlay of the environment", carry: domain },
  {
    old: "API_ROOT_DOMAIN",
    becomes: "rouse.<environment>.yaml: domain.name",
    how: "with `domain.hostedZoneId: ${HOSTED_ZONE_ID}`, or `--hosted-zone-id`",
    carry: rootDomain,
  },
  { old: "PROJECT_NAME", becomes: "rouse.yaml: tags.Project", how: "", carry: (from, to) => to.base.set(["tags", "Project"], from.value) },
  {
    old: "MANAGE_PROJECT_RESOURCE_GROUP",
    becomes: "",
    how: "an AppRegistry application groups what belongs together",
    carry: none("an AppRegistry application groups what belongs together", "appRegistry in rouse.yaml"),
  },
  {
    old: "TERRAFORM_STATE_IDENT, TERRAFORM_STATE_BUCKET",
    becomes: "",
    how: "CloudFormation keeps the state",
    carry: none("CloudFormation keeps the state", "nothing; destroy what Terraform made when the new stacks are up"),
  },
  {
    old: "AWS_WEB_IDENTITY_TOKEN_FILE",
    becomes: "",
    how: "aws-actions/configure-aws-credentials fetches the token",
    carry: none("aws-actions/configure-aws-credentials fetches the token", "the workflow that rouse init writes"),
  },
  {
    old: "CODE_HASH_FILE",
    becomes: "",
    how: "the image's tag is a hash of what is built",
    carry: none("the image's tag is a hash of what is built", "nothing"),
  },
  {
    old: "CODEARTIFACT_TOKEN",
    becomes: "",
    how: "a token does not belong into a file",
    carry: none(
      "a token does not belong into a file",
      "build: {context, args: {CODEARTIFACT_TOKEN: ${CODEARTIFACT_TOKEN}}} in leaves/app.yaml, if the Dockerfile has such an ARG",
    ),
  },
];

/** What the rows did not say because no key says it: what Terraform made of each trigger. */
export function complete(to: ConfigTarget): void {
  const { leaf, base } = to;
  const vpc = to.get("VPC_NAME");
  base.set(["vpc"], vpc === undefined ? { default: true } : { name: vpc });
  if (SERVICES.includes(trigger(to))) return service(to);
  if (!leaf.has("wake", "schedule")) leaf.set(["wake", "schedule"], "cron(0 * * * ? *)");
  if (to.environments.length > 0) leaf.set(["wake", "enabled"], Object.fromEntries(to.environments.map((each) => [each, each === "prod"])));
}

function service(to: ConfigTarget): void {
  const { leaf } = to;
  leaf.set(["wake"], "always");
  const min = Number(leaf.get("scale", "min") ?? 1);
  leaf.set(["scale", "min"], min);
  if (!isApi(to)) return;
  // variables.tf: 100 where MAX_COUNT is missing. ecs_api_service.tf: the rest.
  const max = Number(leaf.get("scale", "max") ?? 100);
  leaf.set(["scale", "max"], max);
  if (max > min) leaf.set(["scale", "cpu"], 75);
  leaf.list(["ports"], ["8080/tcp"]);
  leaf.set(["health"], { path: "/healthcheck", interval: "10s", timeout: "5s", retries: 2, passes: 2, matcher: "200" });
  leaf.set(["drain"], "30s");
  leaf.set(["visibility"], trigger(to) === "ecs_internal_api_service" ? "internal" : "public");
}
