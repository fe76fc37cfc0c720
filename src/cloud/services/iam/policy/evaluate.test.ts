import { describe, expect, test } from "vitest";
import { RequestContext } from "./context.ts";
import { parsePolicy, type PolicyKind } from "./document.ts";
import { evaluate, trusts, type EvaluationRequest, type NamedPolicy } from "./evaluate.ts";
import { denialMessage } from "./message.ts";

function policy(statements: object | object[], kind: PolicyKind = "identity", name = "p"): NamedPolicy {
  return { name, document: parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }), kind) };
}

const ACCOUNT = "000000000000";
const CLUSTER = `arn:aws:ecs:us-west-2:${ACCOUNT}:cluster/c`;
const TOPIC = `arn:aws:sns:us-west-2:${ACCOUNT}:t`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/r`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/r/s`;
const requester = { account: ACCOUNT, arn: SESSION, roleArn: ROLE };

const allow = (Action: string | string[], Resource: string | string[] = "*", more: object = {}): object => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const deny = (Action: string, Resource = "*", more: object = {}): object => ({ Effect: "Deny", Action, Resource, ...more });

function decide(request: Partial<EvaluationRequest>): string {
  return evaluate({ action: "ecs:RunTask", resource: CLUSTER, context: new RequestContext(), policies: [], requester, ...request }).decision;
}

describe("identity-based policies", () => {
  test("nothing is allowed that no statement allows", () => {
    expect(decide({})).toBe("implicitDeny");
    expect(decide({ policies: [policy(allow("ecs:StopTask"))] })).toBe("implicitDeny");
    expect(decide({ policies: [policy(allow("ecs:RunTask", `${CLUSTER}x`))] })).toBe("implicitDeny");
  });

  test("one statement of one policy is enough", () => {
    expect(
      decide({ policies: [policy(allow("sns:Publish")), policy([allow("s3:*"), allow(["ecs:RunTask", "ecs:StopTask"], [TOPIC, CLUSTER])])] }),
    ).toBe("allow");
  });

  test("a deny wins over any allow", () => {
    const policies = [policy(allow("*")), policy(deny("ecs:*"))];
    expect(decide({ policies })).toBe("explicitDeny");
    expect(decide({ policies, action: "sns:Publish", resource: TOPIC })).toBe("allow");
  });

  test("a deny whose condition does not hold denies nothing", () => {
    const policies = [policy(allow("*")), policy(deny("*", "*", { Condition: { StringNotEquals: { "aws:RequestedRegion": "us-west-2" } } }))];
    expect(decide({ policies, context: new RequestContext({ "aws:RequestedRegion": "us-west-2" }) })).toBe("allow");
    expect(decide({ policies, context: new RequestContext({ "aws:RequestedRegion": "eu-west-1" }) })).toBe("explicitDeny");
  });

  test("NotAction is every other action", () => {
    const policies = [policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" })];
    expect(decide({ policies })).toBe("allow");
    expect(decide({ policies, action: "iam:PassRole", resource: ROLE })).toBe("implicitDeny");
  });

  test("NotResource is every other resource", () => {
    const policies = [policy({ Effect: "Allow", Action: "*", NotResource: [TOPIC] })];
    expect(decide({ policies })).toBe("allow");
    expect(decide({ policies, action: "sns:Publish", resource: TOPIC })).toBe("implicitDeny");
  });

  test("all operators and keys of a condition must hold", () => {
    const policies = [policy(allow("*", "*", { Condition: { StringEquals: { a: "1", b: "2" }, Bool: { c: "true" } } }))];
    expect(decide({ policies, context: new RequestContext({ a: "1", b: "2", c: "true" }) })).toBe("allow");
    expect(decide({ policies, context: new RequestContext({ a: "1", b: "2", c: "false" }) })).toBe("implicitDeny");
    expect(decide({ policies, context: new RequestContext({ a: "1", c: "true" }) })).toBe("implicitDeny");
  });

  test("variables work in resources", () => {
    const policies = [policy(allow("s3:GetObject", "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*"))];
    const request = { policies, action: "s3:GetObject", resource: "arn:aws:s3:::bucket/red/x" };
    expect(decide({ ...request, context: new RequestContext({ "aws:PrincipalTag/team": "red" }) })).toBe("allow");
    expect(decide({ ...request, context: new RequestContext({ "aws:PrincipalTag/team": "*" }) })).toBe("implicitDeny");
    expect(decide(request)).toBe("implicitDeny");
  });

  test("iam:PassRole is allowed to the service that is named, and no other", () => {
    const policies = [policy(allow("iam:PassRole", ROLE, { Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } } }))];
    const request = { policies, action: "iam:PassRole", resource: ROLE };
    expect(decide({ ...request, context: new RequestContext({ "iam:PassedToService": "ecs-tasks.amazonaws.com" }) })).toBe("allow");
    expect(decide({ ...request, context: new RequestContext({ "iam:PassedToService": "lambda.amazonaws.com" }) })).toBe("implicitDeny");
  });

  test("the statement that decided is named", () => {
    const policies = [policy(allow("*")), policy(deny("ecs:RunTask", "*", { Sid: "NoTasks" }), "identity", "guard")];
    const { matchedStatement, because } = evaluate({ action: "ecs:RunTask", resource: CLUSTER, context: new RequestContext(), policies });
    expect([matchedStatement?.policy, matchedStatement?.statement.sid, because]).toEqual(["guard", "NoTasks", "identity-based policy"]);
  });
});

describe("boundaries and session policies", () => {
  const policies = [policy(allow("ecs:*"))];

  test("a boundary limits, and allows nothing by itself", () => {
    expect(decide({ policies, boundary: policy(allow("ecs:RunTask")) })).toBe("allow");
    expect(decide({ policies, boundary: policy(allow("sns:*")) })).toBe("implicitDeny");
    expect(decide({ policies: [], boundary: policy(allow("*")) })).toBe("implicitDeny");
  });

  test("so does a session policy", () => {
    expect(decide({ policies, sessionPolicies: [policy(allow("ecs:RunTask"))] })).toBe("allow");
    expect(decide({ policies, sessionPolicies: [policy(allow("ecs:StopTask"))] })).toBe("implicitDeny");
    expect(decide({ policies, sessionPolicies: [policy([allow("*"), deny("ecs:RunTask")])] })).toBe("explicitDeny");
  });

  test("the message says which kind did not allow", () => {
    const request = { action: "ecs:RunTask", resource: CLUSTER, context: new RequestContext(), policies };
    expect(evaluate({ ...request, boundary: policy(allow("sns:*")) }).because).toBe("permissions boundary");
    expect(evaluate({ ...request, sessionPolicies: [policy(allow("sns:*"))] }).because).toBe("session policy");
  });
});

describe("resource-based policies", () => {
  const publish = { action: "sns:Publish", resource: TOPIC };
  const topicPolicy = (Principal: unknown, more: object = {}): NamedPolicy[] => [
    policy({ Effect: "Allow", Principal, Action: "sns:Publish", Resource: TOPIC, ...more }, "resource"),
  ];

  test("allow a role or a session in the same account by themselves", () => {
    expect(decide({ ...publish, resourcePolicies: topicPolicy({ AWS: ROLE }) })).toBe("allow");
    expect(decide({ ...publish, resourcePolicies: topicPolicy({ AWS: SESSION }) })).toBe("allow");
    expect(decide({ ...publish, resourcePolicies: topicPolicy("*") })).toBe("allow");
  });

  test("that name the account leave it to identity-based policies", () => {
    expect(decide({ ...publish, resourcePolicies: topicPolicy({ AWS: ACCOUNT }) })).toBe("implicitDeny");
    expect(decide({ ...publish, resourcePolicies: topicPolicy({ AWS: `arn:aws:iam::${ACCOUNT}:root` }) })).toBe("implicitDeny");
    expect(decide({ ...publish, resourcePolicies: topicPolicy({ AWS: ACCOUNT }), policies: [policy(allow("sns:Publish"))] })).toBe("allow");
  });

  test("a boundary limits what is granted to the role, not what is granted to the session", () => {
    const boundary = policy(allow("ecs:*"));
    expect(decide({ ...publish, boundary, resourcePolicies: topicPolicy({ AWS: ROLE }) })).toBe("implicitDeny");
    expect(decide({ ...publish, boundary, resourcePolicies: topicPolicy({ AWS: SESSION }) })).toBe("allow");
  });

  test("deny in them counts for those they name", () => {
    const resourcePolicies = [policy({ Effect: "Deny", Principal: { AWS: ROLE }, Action: "sns:*", Resource: TOPIC }, "resource")];
    expect(decide({ ...publish, policies: [policy(allow("*"))], resourcePolicies })).toBe("explicitDeny");
    const other = [policy({ Effect: "Deny", Principal: { AWS: `${ROLE}2` }, Action: "sns:*", Resource: TOPIC }, "resource")];
    expect(decide({ ...publish, policies: [policy(allow("*"))], resourcePolicies: other })).toBe("allow");
  });

  test("NotPrincipal spares those it names", () => {
    const resourcePolicies = [policy({ Effect: "Deny", NotPrincipal: { AWS: [ROLE, SESSION] }, Action: "sns:*", Resource: TOPIC }, "resource")];
    expect(decide({ ...publish, policies: [policy(allow("*"))], resourcePolicies })).toBe("allow");
    expect(decide({ ...publish, policies: [policy(allow("*"))], resourcePolicies, requester: { account: ACCOUNT, arn: "arn:other" } })).toBe(
      "explicitDeny",
    );
  });

  test("across accounts both sides must allow", () => {
    const request = { ...publish, resourceAccount: "111111111111", resourcePolicies: topicPolicy({ AWS: ROLE }) };
    expect(decide(request)).toBe("implicitDeny");
    expect(decide({ ...request, policies: [policy(allow("sns:Publish"))] })).toBe("allow");
    expect(decide({ ...request, resourcePolicies: [], policies: [policy(allow("sns:Publish"))] })).toBe("implicitDeny");
  });

  test("services are let in by name, and by the source that is meant", () => {
    const resourcePolicies = topicPolicy(
      { Service: "cloudwatch.amazonaws.com" },
      { Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:a" } } },
    );
    const from = (service: string, source: string): string =>
      decide({ ...publish, resourcePolicies, requester: { service }, context: new RequestContext({ "aws:SourceArn": source }) });
    expect(from("cloudwatch.amazonaws.com", `arn:aws:cloudwatch:us-west-2:${ACCOUNT}:alarm:a`)).toBe("allow");
    expect(from("cloudwatch.amazonaws.com", `arn:aws:cloudwatch:us-west-2:${ACCOUNT}:alarm:b`)).toBe("implicitDeny");
    expect(from("events.amazonaws.com", `arn:aws:cloudwatch:us-west-2:${ACCOUNT}:alarm:a`)).toBe("implicitDeny");
  });
});

describe("trust policies", () => {
  const trust = (Principal: unknown, more: object = {}): NamedPolicy =>
    policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more }, "trust");
  const none = new RequestContext();

  test("trust the services and accounts that they name", () => {
    expect(trusts(trust({ Service: "lambda.amazonaws.com" }), { service: "lambda.amazonaws.com" }, none)).toBe(true);
    expect(trusts(trust({ Service: "lambda.amazonaws.com" }), { service: "ecs-tasks.amazonaws.com" }, none)).toBe(false);
    expect(trusts(trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }), requester, none)).toBe(true);
    expect(trusts(trust({ AWS: "arn:aws:iam::111111111111:root" }), requester, none)).toBe(false);
  });

  test("ask for the external id", () => {
    const policyWithId = trust({ AWS: ACCOUNT }, { Condition: { StringEquals: { "sts:ExternalId": "x" } } });
    expect(trusts(policyWithId, requester, none)).toBe(false);
    expect(trusts(policyWithId, requester, new RequestContext({ "sts:ExternalId": "x" }))).toBe(true);
  });
});

describe("messages", () => {
  test("an implicit deny is told in AWS's words, with the statement that is missing", () => {
    const message = denialMessage(SESSION, "ecs:RunTask", CLUSTER, { decision: "implicitDeny", because: "identity-based policy" });
    expect(message).toContain(
      `User: ${SESSION} is not authorized to perform: ecs:RunTask on resource: ${CLUSTER} because no identity-based policy allows the ecs:RunTask action`,
    );
    expect(message).toContain(`{"Effect":"Allow","Action":"ecs:RunTask","Resource":"${CLUSTER}"}`);
  });

  test("an explicit deny names the policy", () => {
    const evaluation = evaluate({
      action: "a:b",
      resource: "*",
      context: new RequestContext(),
      policies: [policy(deny("a:b", "*", { Sid: "S" }), "identity", "guard")],
    });
    expect(denialMessage(SESSION, "a:b", "*", evaluation)).toBe(
      `User: ${SESSION} is not authorized to perform: a:b on resource: * with an explicit deny in an identity-based policy (denied by guard, statement S)`,
    );
  });
});
