import type {
  CreateAccessKeyRequest,
  CreateAccessKeyResponse,
  CreateUserRequest,
  CreateUserResponse,
  DeleteAccessKeyRequest,
  DeleteUserRequest,
  GetUserRequest,
  GetUserResponse,
  ListAccessKeysRequest,
  ListAccessKeysResponse,
  ListUsersRequest,
  ListUsersResponse,
  UpdateAccessKeyRequest,
  User,
} from "@aws-sdk/client-iam";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { alreadyExists, checkName, deleteConflict, limitExceeded, noSuchEntity, validationError } from "../faults.ts";
import type { IamDeps } from "../index.ts";
import { checkedPath, describeBoundary, fromTags, iamArn, page, toTags } from "../shared.ts";
import { accessKeys, users, type AccessKeyRow, type UserRow } from "../state.ts";
import { requirePolicy } from "./managed-policies.ts";

type Deps = Pick<IamDeps, "store" | "clock" | "ids">;
type Reads = Pick<IamDeps, "store">;

/** @throws AwsError NoSuchEntity */
export function requireUser({ store }: Reads, account: string, name: string): UserRow {
  const user = users(store, account).get(name);
  if (!user) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

const describeUser = (user: UserRow): User => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: new Date(user.created),
  ...describeBoundary(user.boundary),
  ...(Object.keys(user.tags).length > 0 ? { Tags: toTags(user.tags) } : {}),
});

/** Operations on oneself name no user: it is the caller. */
function userNameOf(name: string | undefined, call: Call, operation: string): string {
  if (name !== undefined) return name;
  if (call.principal.kind !== "user") {
    if (call.principal.kind === "root") throw new NotSupported("iam", operation, "UserName must be given: the caller is the account's root");
    throw validationError("Must specify userName when calling with non-User credentials");
  }
  return call.principal.arn.slice(call.principal.arn.lastIndexOf("/") + 1);
}

export function CreateUser(deps: Deps, input: CreateUserRequest, call: Call): CreateUserResponse {
  const name = input.UserName!;
  checkName("userName", name, 64);
  const path = checkedPath(input.Path);
  const table = users(deps.store, call.account);
  if (table.find((user) => user.name.toLowerCase() === name.toLowerCase())) throw alreadyExists(`User with name ${name} already exists.`);
  if (input.PermissionsBoundary) requirePolicy(deps, call.account, input.PermissionsBoundary);
  const user = table.set(name, {
    name,
    id: `AIDA${deps.ids.upper(17)}`,
    arn: iamArn(call.account, "user", path, name),
    path,
    created: deps.clock.now(),
    tags: fromTags(input.Tags),
    inline: {},
    attached: [],
    ...(input.PermissionsBoundary ? { boundary: input.PermissionsBoundary } : {}),
  });
  return { User: describeUser(user) };
}

export const GetUser = (deps: Reads, input: GetUserRequest, call: Call): GetUserResponse => ({
  User: describeUser(requireUser(deps, call.account, userNameOf(input.UserName, call, "GetUser"))),
});

export function ListUsers({ store }: Reads, input: ListUsersRequest, call: Call): ListUsersResponse {
  const found = users(store, call.account).filter((user) => user.path.startsWith(input.PathPrefix ?? "/"));
  const { items, ...rest } = page(found, input);
  return { Users: items.map((user) => describeUser({ ...user, tags: {} })), ...rest };
}

export function DeleteUser(deps: Reads, input: DeleteUserRequest, call: Call): object {
  const user = requireUser(deps, call.account, input.UserName!);
  if (user.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (Object.keys(user.inline).length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  if (keysOf(deps, call.account, user.name).length > 0) throw deleteConflict("Cannot delete entity, must delete access keys first.");
  users(deps.store, call.account).delete(user.name);
  return {};
}

const keysOf = ({ store }: Reads, account: string, userName: string): AccessKeyRow[] =>
  accessKeys(store).filter((key) => key.account === account && key.userName === userName);

export function CreateAccessKey(deps: Deps, input: CreateAccessKeyRequest, call: Call): CreateAccessKeyResponse {
  const user = requireUser(deps, call.account, userNameOf(input.UserName, call, "CreateAccessKey"));
  if (keysOf(deps, call.account, user.name).length >= 2) throw limitExceeded("Cannot exceed quota for AccessKeysPerUser: 2");
  const accessKeyId = `AKIA${deps.ids.upper(16)}`;
  const key = accessKeys(deps.store).set(accessKeyId, {
    accessKeyId,
    secretAccessKey: deps.ids.hex(40),
    account: call.account,
    userName: user.name,
    status: "Active",
    created: deps.clock.now(),
  });
  return {
    AccessKey: {
      UserName: user.name,
      AccessKeyId: key.accessKeyId,
      Status: key.status,
      SecretAccessKey: key.secretAccessKey,
      CreateDate: new Date(key.created),
    },
  };
}

export function ListAccessKeys(deps: Reads, input: ListAccessKeysRequest, call: Call): ListAccessKeysResponse {
  const user = requireUser(deps, call.account, userNameOf(input.UserName, call, "ListAccessKeys"));
  const { items, ...rest } = page(keysOf(deps, call.account, user.name), input);
  return {
    AccessKeyMetadata: items.map((key) => ({
      UserName: key.userName,
      AccessKeyId: key.accessKeyId,
      Status: key.status,
      CreateDate: new Date(key.created),
    })),
    ...rest,
  };
}

function requireKey(deps: Reads, accessKeyId: string, userName: string, call: Call): AccessKeyRow {
  const key = accessKeys(deps.store).get(accessKeyId);
  if (!key || key.account !== call.account || key.userName !== userName) throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
  return key;
}

export function UpdateAccessKey(deps: Reads, input: UpdateAccessKeyRequest, call: Call): object {
  const key = requireKey(deps, input.AccessKeyId!, userNameOf(input.UserName, call, "UpdateAccessKey"), call);
  if (input.Status !== "Active" && input.Status !== "Inactive")
    throw validationError(`Value '${input.Status}' at 'status' failed to satisfy constraint`);
  accessKeys(deps.store).update(key.accessKeyId, { status: input.Status });
  return {};
}

export function DeleteAccessKey(deps: Reads, input: DeleteAccessKeyRequest, call: Call): object {
  const key = requireKey(deps, input.AccessKeyId!, userNameOf(input.UserName, call, "DeleteAccessKey"), call);
  accessKeys(deps.store).delete(key.accessKeyId);
  return {};
}
