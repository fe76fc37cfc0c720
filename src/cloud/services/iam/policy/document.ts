/** Policy documents as they are stored (JSON) turned into what the evaluation reads, with the checks that IAM makes. */

/** Why a text is not a policy document; the message is IAM's where it is known. */
export class PolicySyntaxError extends Error {
  override readonly name = "PolicySyntaxError";
}

/** `identity`: of a role, a user or a managed policy. `trust`: who may assume a role. `resource`: of a topic, a function, … */
export type PolicyKind = "identity" | "trust" | "resource";

/** Principals by kind: `{AWS: ["*"]}`, `{Service: ["ecs.amazonaws.com"]}`. */
export type Principals = Record<string, string[]>;

export interface Condition {
  /** As written, such as `ForAnyValue:StringLikeIfExists`. */
  operator: string;
  key: string;
  values: string[];
}

export interface Statement {
  sid?: string;
  effect: "Allow" | "Deny";
  actions?: string[];
  notActions?: string[];
  resources?: string[];
  notResources?: string[];
  principals?: Principals;
  notPrincipals?: Principals;
  conditions: Condition[];
}

export interface PolicyDocument {
  /** Variables such as `${aws:username}` are only replaced in 2012-10-17. */
  version: "2008-10-17" | "2012-10-17";
  statements: Statement[];
}

const KNOWN_ELEMENTS = new Set(["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"]);

/**
 * Reads a policy document.
 * @throws PolicySyntaxError as IAM refuses it (its MalformedPolicyDocument).
 */
export function parsePolicy(text: string, kind: PolicyKind): PolicyDocument {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new PolicySyntaxError("Syntax errors in policy.");
  }
  if (!isObject(raw)) throw new PolicySyntaxError("Syntax errors in policy.");
  for (const key of Object.keys(raw)) {
    if (!["Version", "Id", "Statement"].includes(key)) throw new PolicySyntaxError(`Syntax error at position of unknown element "${key}".`);
  }
  const version = raw["Version"] ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17") throw new PolicySyntaxError("The policy must contain a valid version string");
  const statements = Array.isArray(raw["Statement"]) ? raw["Statement"] : raw["Statement"] === undefined ? [] : [raw["Statement"]];
  if (statements.length === 0) throw new PolicySyntaxError("Missing required field Statement");
  return { version, statements: statements.map((statement) => parseStatement(statement, kind)) };
}

function parseStatement(raw: unknown, kind: PolicyKind): Statement {
  if (!isObject(raw)) throw new PolicySyntaxError("Syntax errors in policy.");
  for (const key of Object.keys(raw)) {
    if (!KNOWN_ELEMENTS.has(key)) throw new PolicySyntaxError(`Syntax error: a statement has no element "${key}".`);
  }
  const effect = raw["Effect"];
  if (effect !== "Allow" && effect !== "Deny") throw new PolicySyntaxError("Missing required field Effect");
  const statement: Statement = {
    effect,
    sid: typeof raw["Sid"] === "string" ? raw["Sid"] : undefined,
    actions: strings(raw["Action"], "Action"),
    notActions: strings(raw["NotAction"], "NotAction"),
    resources: strings(raw["Resource"], "Resource"),
    notResources: strings(raw["NotResource"], "NotResource"),
    principals: parsePrincipals(raw["Principal"]),
    notPrincipals: parsePrincipals(raw["NotPrincipal"]),
    conditions: parseConditions(raw["Condition"]),
  };
  checkStatement(statement, kind);
  return statement;
}

function checkStatement(statement: Statement, kind: PolicyKind): void {
  const actions = statement.actions ?? statement.notActions;
  if (!actions || (statement.actions && statement.notActions)) throw new PolicySyntaxError("Policy statement must contain actions.");
  for (const action of actions) {
    if (action !== "*" && !/^[a-z0-9*?-]+:[a-z0-9*?]+$/i.test(action)) {
      throw new PolicySyntaxError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
  }
  const resources = statement.resources ?? statement.notResources;
  const hasPrincipal = statement.principals !== undefined || statement.notPrincipals !== undefined;
  if (kind === "identity") {
    if (hasPrincipal) throw new PolicySyntaxError("Policy document should not specify a principal.");
    if (!resources) throw new PolicySyntaxError("Policy statement must contain resources.");
  }
  if (kind !== "identity" && !hasPrincipal) throw new PolicySyntaxError("Missing required field Principal");
  if (kind === "trust" && resources) throw new PolicySyntaxError("Has prohibited field Resource");
  for (const resource of resources ?? []) {
    if (resource !== "*" && !resource.startsWith("arn:") && !/^[*?]/.test(resource)) {
      throw new PolicySyntaxError(`Resource ${resource} must be in ARN format or "*".`);
    }
  }
}

function parsePrincipals(raw: unknown): Principals | undefined {
  if (raw === undefined) return undefined;
  // A bare "*" is the same as {"AWS": "*"} (IAM User Guide, "JSON policy elements: Principal").
  if (raw === "*") return { "*": ["*"] };
  if (!isObject(raw)) throw new PolicySyntaxError("Invalid principal in policy.");
  return Object.fromEntries(Object.entries(raw).map(([type, values]) => [type, strings(values, "Principal") ?? []]));
}

function parseConditions(raw: unknown): Condition[] {
  if (raw === undefined) return [];
  if (!isObject(raw)) throw new PolicySyntaxError("Syntax errors in policy.");
  return Object.entries(raw).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw new PolicySyntaxError("Syntax errors in policy.");
    if (!OPERATOR.test(operator)) throw new PolicySyntaxError(`Invalid Condition type : ${operator}.`);
    return Object.entries(keys).map(([key, values]) => ({ operator, key, values: strings(values, "Condition") ?? [] }));
  });
}

/** Every operator of "IAM JSON policy elements: Condition operators", with set prefix and IfExists. Without regard to case. */
const OPERATOR = new RegExp(
  "^(ForAllValues:|ForAnyValue:)?(" +
    [
      "String(Not)?Equals(IgnoreCase)?",
      "String(Not)?Like",
      "Numeric((Not)?Equals|(LessThan|GreaterThan)(Equals)?)",
      "Date((Not)?Equals|(LessThan|GreaterThan)(Equals)?)",
      "Bool",
      "BinaryEquals",
      "(Not)?IpAddress",
      "Arn(Not)?(Equals|Like)",
    ].join("|") +
    ")(IfExists)?$|^Null$",
  "i",
);

function strings(raw: unknown, element: string): string[] | undefined {
  if (raw === undefined) return undefined;
  const list = Array.isArray(raw) ? raw : [raw];
  return list.map((value) => {
    if (typeof value === "string") return value;
    if (typeof value === "boolean" || typeof value === "number") return String(value);
    throw new PolicySyntaxError(`Syntax errors in policy: ${element} takes a string or a list of strings.`);
  });
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** What is wrong with a document, in the words of the error that IAM would answer; undefined for nothing. */
export function policyProblem(text: string, kind: PolicyKind): string | undefined {
  try {
    parsePolicy(text, kind);
    return undefined;
  } catch (error) {
    if (error instanceof PolicySyntaxError) return error.message;
    throw error;
  }
}
