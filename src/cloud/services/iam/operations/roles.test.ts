import { beforeEach, expect, test } from "vitest";
import type { CreateRoleResponse, GetRoleResponse, ListAttachedRolePoliciesResponse } from "@aws-sdk/client-iam";
import { VirtualClock } from "../../../core/clock.ts";
import { seededIds } from "../../../core/ids.ts";
import type { Call } from "../../../core/service.ts";
import { Store } from "../../../core/store.ts";
import { createIam } from "../index.ts";

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const ACCOUNT = "000000000000";
const call: Call = { account: ACCOUNT, region: "aws-global", principal: { kind: "root", arn: "root", account: ACCOUNT }, requestId: "1" };
let act: (operation: string, input: object) => unknown;

beforeEach(() => {
  const iam = createIam({ store: new Store(), clock: new VirtualClock(), ids: seededIds() });
  act = (operation, input) => iam.operations[operation]!(input, call);
  act("CreateRole", { RoleName: "r", AssumeRolePolicyDocument: TRUST });
});

test("a role is answered with its path in the ARN and its trust policy percent-encoded", () => {
  const { Role } = act("CreateRole", { RoleName: "s", Path: "/app/", AssumeRolePolicyDocument: TRUST }) as CreateRoleResponse;
  expect(Role).toMatchObject({ Arn: `arn:aws:iam::${ACCOUNT}:role/app/s`, RoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}$/) as string });
  expect(decodeURIComponent((act("GetRole", { RoleName: "s" }) as GetRoleResponse).Role!.AssumeRolePolicyDocument!)).toBe(TRUST);
});

test("a name that differs only by case is taken", () => {
  expect(() => act("CreateRole", { RoleName: "R", AssumeRolePolicyDocument: TRUST })).toThrow("Role with name R already exists.");
});

test("a role that still has policies or a profile cannot be deleted", () => {
  const remove = (): unknown => act("DeleteRole", { RoleName: "r" });
  act("AttachRolePolicy", { RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" });
  expect(remove).toThrow("must detach all policies first");
  act("DetachRolePolicy", { RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" });
  act("CreateInstanceProfile", { InstanceProfileName: "p" });
  act("AddRoleToInstanceProfile", { InstanceProfileName: "p", RoleName: "r" });
  expect(remove).toThrow("must remove roles from instance profile first");
  act("RemoveRoleFromInstanceProfile", { InstanceProfileName: "p", RoleName: "r" });
  remove();
  expect(() => act("GetRole", { RoleName: "r" })).toThrow("The role with name r cannot be found.");
});

test("an unknown policy of AWS's does not attach, a known one is listed by name", () => {
  expect(() => act("AttachRolePolicy", { RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/NoSuchThing" })).toThrow(/was not found/);
  act("AttachRolePolicy", { RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role" });
  expect((act("ListAttachedRolePolicies", { RoleName: "r" }) as ListAttachedRolePoliciesResponse).AttachedPolicies).toEqual([
    { PolicyName: "AmazonEC2ContainerServiceforEC2Role", PolicyArn: "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role" },
  ]);
});

test("a profile takes one role", () => {
  act("CreateRole", { RoleName: "s", AssumeRolePolicyDocument: TRUST });
  act("CreateInstanceProfile", { InstanceProfileName: "p" });
  act("AddRoleToInstanceProfile", { InstanceProfileName: "p", RoleName: "r" });
  expect(() => act("AddRoleToInstanceProfile", { InstanceProfileName: "p", RoleName: "s" })).toThrow(
    "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
  );
});

test("a malformed policy is refused when it is put", () => {
  expect(() => act("PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument: "{}" })).toThrow("Missing required field Statement");
});
