import type {
  AccessPointDescription,
  CreateAccessPointRequest,
  DeleteAccessPointRequest,
  DescribeAccessPointsRequest,
  DescribeAccessPointsResponse,
} from "@aws-sdk/client-efs";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { accessPointFolder } from "../folders.ts";
import type { EfsDeps } from "../index.ts";
import { accessPointOf, badRequest, efsError, fileSystemOf } from "../lookup.ts";
import { paged } from "../paging.ts";
import { accessPoints } from "../state.ts";

/** EFS makes an access point's root when a client first mounts it; here it is made at once. */
export function CreateAccessPoint(deps: EfsDeps, input: CreateAccessPointRequest, call: Call): AccessPointDescription {
  const { id: fileSystemId } = fileSystemOf(deps.store, call, input.FileSystemId!);
  const table = accessPoints(deps.store, call);
  const existing = table.find(({ view }) => view.ClientToken === input.ClientToken && input.ClientToken !== undefined);
  if (existing)
    throw efsError("AccessPointAlreadyExists", `Access Point '${existing.id}' already exists with client token '${input.ClientToken}'`, 409, {
      AccessPointId: existing.id,
    });
  const root = input.RootDirectory ?? {};
  const path = root.Path ?? "/";
  if (!/^(\/|(\/[^$#<>;`|&?{}^*\n/]+){1,4})$/.test(path) || path.length > 100) throw badRequest(`Invalid RootDirectory path '${path}'`);
  if (root.CreationInfo && !/^[0-7]{3,4}$/.test(root.CreationInfo.Permissions ?? "")) throw badRequest("Permissions must be octal, such as 755.");
  if (path !== "/" || root.CreationInfo) accessPointFolder(deps.dataDir, fileSystemId, path, root.CreationInfo);
  const id = `fsap-${deps.ids.hex(17)}`;
  const row = table.set(id, {
    id,
    fileSystemId,
    view: {
      ClientToken: input.ClientToken,
      Name: input.Tags?.find(({ Key }) => Key === "Name")?.Value,
      Tags: input.Tags ?? [],
      AccessPointId: id,
      AccessPointArn: arn("elasticfilesystem", call, `access-point/${id}`),
      FileSystemId: fileSystemId,
      PosixUser: input.PosixUser,
      RootDirectory: { ...root, Path: path },
      OwnerId: call.account,
      LifeCycleState: "available",
    },
  });
  return row.view;
}

export function DescribeAccessPoints(deps: EfsDeps, input: DescribeAccessPointsRequest, call: Call): DescribeAccessPointsResponse {
  const fileSystemId = input.FileSystemId && fileSystemOf(deps.store, call, input.FileSystemId).id;
  const rows = input.AccessPointId
    ? [accessPointOf(deps.store, call, input.AccessPointId)]
    : accessPoints(deps.store, call).filter((row) => !fileSystemId || row.fileSystemId === fileSystemId);
  const { items, next } = paged(rows, input.NextToken, input.MaxResults);
  return { AccessPoints: items.map(({ view }) => view), NextToken: next };
}

/** Its folder stays: it belongs to the file system. */
export function DeleteAccessPoint(deps: EfsDeps, input: DeleteAccessPointRequest, call: Call): void {
  accessPoints(deps.store, call).delete(accessPointOf(deps.store, call, input.AccessPointId!).id);
}
