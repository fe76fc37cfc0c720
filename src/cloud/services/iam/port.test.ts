import { beforeEach, describe, expect, test } from "vitest";
import { passRole } from "../../core/access.ts";
import { VirtualClock } from "../../core/clock.ts";
import { seededIds } from "../../core/ids.ts";
import type { Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { createIam } from "./index.ts";

const ACCOUNT = "000000000000";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/r`;
const call: Call = { account: ACCOUNT, region: "aws-global", principal: { kind: "root", arn: "root", account: ACCOUNT }, requestId: "1" };
const trust = (Principal: unknown): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: ["sts:AssumeRole", "sts:TagSession"] }] });
const allow = (Action: string, Resource = "*"): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] });

let clock: VirtualClock;
let iam: ReturnType<typeof createIam>;
const act = (operation: string, input: object): unknown => iam.operations[operation]!(input, call);
const codeOf = (fn: () => unknown): string => {
  try {
    fn();
    return "nothing thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

beforeEach(() => {
  clock = new VirtualClock();
  iam = createIam({ store: new Store(), clock, ids: seededIds() });
  act("CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust({ Service: "lambda.amazonaws.com" }) });
});

describe("who a key stands for", () => {
  test("any key is root of the default account, twelve digits root of theirs", () => {
    expect(iam.principalOf("test")).toMatchObject({ kind: "root", account: ACCOUNT });
    expect(iam.principalOf("AKIAIOSFODNN7EXAMPLE")).toMatchObject({ kind: "root", account: ACCOUNT });
    expect(iam.principalOf("111111111111")).toMatchObject({ kind: "root", account: "111111111111" });
  });

  test("issued credentials are a session of the role, until they expire", async () => {
    const issued = iam.issue(ROLE, "i-0123");
    expect(iam.principalOf(issued.accessKeyId, issued.sessionToken)).toMatchObject({
      kind: "assumed-role",
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/r/i-0123`,
      roleName: "r",
    });
    await clock.advance(issued.expiresAt - clock.now());
    expect(codeOf(() => iam.principalOf(issued.accessKeyId, issued.sessionToken))).toBe("ExpiredToken");
  });

  test("a wrong token, or a temporary key that nobody issued, is refused", () => {
    const issued = iam.issue(ROLE, "s");
    expect(codeOf(() => iam.principalOf(issued.accessKeyId, "wrong"))).toBe("InvalidClientTokenId");
    expect(codeOf(() => iam.principalOf(issued.accessKeyId))).toBe("InvalidClientTokenId");
    expect(codeOf(() => iam.principalOf("ASIAUNKNOWN"))).toBe("InvalidClientTokenId");
  });

  test("a user's key is the user until it is switched off", () => {
    act("CreateUser", { UserName: "ada" });
    const { AccessKey } = act("CreateAccessKey", { UserName: "ada" }) as { AccessKey: { AccessKeyId: string } };
    expect(iam.principalOf(AccessKey.AccessKeyId)).toMatchObject({ kind: "user", arn: `arn:aws:iam::${ACCOUNT}:user/ada` });
    act("UpdateAccessKey", { UserName: "ada", AccessKeyId: AccessKey.AccessKeyId, Status: "Inactive" });
    expect(codeOf(() => iam.principalOf(AccessKey.AccessKeyId))).toBe("InvalidClientTokenId");
  });

  test("credentials of a role that is not there are not issued", () => {
    expect(codeOf(() => iam.issue(`${ROLE}x`, "s"))).toBe("NoSuchEntity");
  });
});

describe("what a principal may do", () => {
  const session = (): ReturnType<typeof iam.principalOf> => {
    const { accessKeyId, sessionToken } = iam.issue(ROLE, "s");
    return iam.principalOf(accessKeyId, sessionToken);
  };
  const run = { action: "ecs:RunTask", resources: ["*"] };

  test("root and services may do everything", () => {
    iam.authorize(iam.principalOf("test"), [run], {});
    iam.authorize({ kind: "service", arn: "ecs.amazonaws.com", account: ACCOUNT }, [run], {});
  });

  test("a role may do what its inline and managed policies allow, as they are now", () => {
    const principal = session();
    expect(codeOf(() => iam.authorize(principal, [run], {}))).toBe("AccessDenied");
    act("PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: allow("ecs:RunTask") });
    iam.authorize(principal, [run], {});
    act("DeleteRolePolicy", { RoleName: "r", PolicyName: "p" });
    expect(codeOf(() => iam.authorize(principal, [run], {}))).toBe("AccessDenied");
    act("AttachRolePolicy", { RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" });
    iam.authorize(principal, [{ action: "logs:PutLogEvents", resources: ["arn:aws:logs:us-west-2:0:log-group:x:log-stream:y"] }], {});
    expect(() => iam.authorize(principal, [run], {})).toThrow(/because no identity-based policy allows the ecs:RunTask action/);
  });

  test("every resource of every need must be allowed", () => {
    act("PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: allow("ecs:RunTask", "arn:aws:ecs:us-west-2:0:task/a") });
    const needs = [{ action: "ecs:RunTask", resources: ["arn:aws:ecs:us-west-2:0:task/a", "arn:aws:ecs:us-west-2:0:task/b"] }];
    expect(() => iam.authorize(session(), needs, {})).toThrow(/on resource: arn:aws:ecs:us-west-2:0:task\/b/);
  });

  test("handing a role to a service needs iam:PassRole", () => {
    act("PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: allow("ecs:RunTask") });
    const needs = [run, ...passRole([ROLE, undefined, ROLE], "ecs-tasks.amazonaws.com")];
    expect(() => iam.authorize(session(), needs, {})).toThrow(/perform: iam:PassRole on resource: .*:role\/r /);
  });

  test("a permissions boundary limits a role", () => {
    const { Policy } = act("CreatePolicy", { PolicyName: "edge", PolicyDocument: allow("sns:*") }) as { Policy: { Arn: string } };
    act("PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: allow("ecs:*") });
    act("PutRolePermissionsBoundary", { RoleName: "r", PermissionsBoundary: Policy.Arn });
    expect(() => iam.authorize(session(), [run], {})).toThrow(/no permissions boundary allows/);
  });

  test("a new default version of a managed policy counts at once", () => {
    const { Policy } = act("CreatePolicy", { PolicyName: "m", PolicyDocument: allow("sns:*") }) as { Policy: { Arn: string } };
    act("AttachRolePolicy", { RoleName: "r", PolicyArn: Policy.Arn });
    const principal = session();
    expect(codeOf(() => iam.authorize(principal, [run], {}))).toBe("AccessDenied");
    act("CreatePolicyVersion", { PolicyArn: Policy.Arn, PolicyDocument: allow("ecs:*"), SetAsDefault: true });
    iam.authorize(principal, [run], {});
  });

  test("tags of the role can be conditions", () => {
    act("TagRole", { RoleName: "r", Tags: [{ Key: "team", Value: "red" }] });
    const document = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecs:RunTask", Resource: "*", Condition: { StringEquals: { "aws:PrincipalTag/team": "red" } } }],
    };
    act("PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: JSON.stringify(document) });
    iam.authorize(session(), [run], {});
    act("UntagRole", { RoleName: "r", TagKeys: ["team"] });
    expect(codeOf(() => iam.authorize(session(), [run], {}))).toBe("AccessDenied");
  });
});

describe("who may assume a role", () => {
  test("a service that the trust policy names", () => {
    expect(iam.canAssume(ROLE, "lambda.amazonaws.com")).toBe(true);
    expect(iam.canAssume(ROLE, "ecs-tasks.amazonaws.com")).toBe(false);
    expect(iam.canAssume(`${ROLE}x`, "lambda.amazonaws.com")).toBe(false);
  });

  test("root only where the trust policy names its account", () => {
    const root = iam.principalOf("test");
    expect(codeOf(() => iam.assumeRole(root, { roleArn: ROLE, sessionName: "me" }))).toBe("AccessDenied");
    act("UpdateAssumeRolePolicy", { RoleName: "r", PolicyDocument: trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }) });
    expect(iam.assumeRole(root, { roleArn: ROLE, sessionName: "me" }).arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/r/me`);
  });

  test("another role, with its own policy or named by the trust policy; not for longer than an hour", () => {
    act("CreateRole", { RoleName: "deployer", AssumeRolePolicyDocument: trust({ Service: "ec2.amazonaws.com" }) });
    const issued = iam.issue(`arn:aws:iam::${ACCOUNT}:role/deployer`, "x");
    const deployer = iam.principalOf(issued.accessKeyId, issued.sessionToken);
    const assume = (duration?: number): unknown => iam.assumeRole(deployer, { roleArn: ROLE, sessionName: "me", ...(duration ? { duration } : {}) });
    act("UpdateAssumeRolePolicy", { RoleName: "r", PolicyDocument: trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }) });
    expect(codeOf(() => assume())).toBe("AccessDenied");
    act("PutRolePolicy", { RoleName: "deployer", PolicyName: "p", PolicyDocument: allow("sts:AssumeRole", ROLE) });
    expect(codeOf(() => assume())).toBe("nothing thrown");
    expect(codeOf(() => assume(7200))).toBe("ValidationError");
    act("DeleteRolePolicy", { RoleName: "deployer", PolicyName: "p" });
    act("UpdateAssumeRolePolicy", { RoleName: "r", PolicyDocument: trust({ AWS: `arn:aws:iam::${ACCOUNT}:role/deployer` }) });
    expect(codeOf(() => assume())).toBe("nothing thrown");
  });

  test("a session policy limits the session", () => {
    act("UpdateAssumeRolePolicy", { RoleName: "r", PolicyDocument: trust({ AWS: ACCOUNT }) });
    act("PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: allow("*") });
    const session = iam.assumeRole(iam.principalOf("test"), { roleArn: ROLE, sessionName: "me", policy: allow("sns:*") });
    const principal = iam.principalOf(session.accessKeyId, session.sessionToken);
    iam.authorize(principal, [{ action: "sns:Publish", resources: ["*"] }], {});
    expect(() => iam.authorize(principal, [{ action: "ecs:RunTask", resources: ["*"] }], {})).toThrow(/no session policy allows/);
  });
});
