import { AwsError } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { type AccessPointRow, type FileSystemRow, type MountTargetRow, accessPoints, fileSystems, mountTargets } from "./state.ts";

/** An EFS error; its shapes carry the code a second time, as `ErrorCode`. */
export function efsError(code: string, message: string, status: number, fields: Record<string, unknown> = {}): AwsError {
  return new AwsError(code, message, { status, fields: { ErrorCode: code, Message: message, ...fields } });
}

export const badRequest = (message: string): AwsError => efsError("BadRequest", message, 400);

/** Ids and ARNs both name a resource. */
export const idOf = (idOrArn: string): string => idOrArn.slice(idOrArn.lastIndexOf("/") + 1);

export function fileSystemOf(store: Store, scope: Scope, idOrArn: string): FileSystemRow {
  const row = fileSystems(store, scope).get(idOf(idOrArn));
  if (!row) throw efsError("FileSystemNotFound", `File system '${idOrArn}' does not exist.`, 404);
  return row;
}

export function mountTargetOf(store: Store, scope: Scope, id: string): MountTargetRow {
  const row = mountTargets(store, scope).get(id);
  if (!row) throw efsError("MountTargetNotFound", `Mount target '${id}' does not exist.`, 404);
  return row;
}

export function accessPointOf(store: Store, scope: Scope, idOrArn: string): AccessPointRow {
  const row = accessPoints(store, scope).get(idOf(idOrArn));
  if (!row) throw efsError("AccessPointNotFound", `Access Point ${idOrArn} does not exist.`, 404);
  return row;
}
