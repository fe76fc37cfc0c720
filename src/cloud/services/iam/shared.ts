import type { AttachedPermissionsBoundary, Tag } from "@aws-sdk/client-iam";
import { arn, GLOBAL_REGION } from "../../core/scope.ts";
import { validationError } from "./faults.ts";

/** An ARN of IAM: no region. @param path begins and ends with `/`. */
export const iamArn = (account: string, type: string, path: string, name: string): string =>
  arn("iam", { account, region: GLOBAL_REGION }, `${type}${path}${name}`);

/** @throws AwsError ValidationError for a path that does not begin and end with a slash. */
export function checkedPath(path: string | undefined): string {
  const value = path ?? "/";
  if (!/^\/([!-~]*\/)?$/.test(value)) {
    throw validationError(
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
  }
  return value;
}

export const toTags = (tags: Record<string, string>): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const fromTags = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""]));

export function withoutTags(tags: Record<string, string>, keys: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys?.includes(key)));
}

/** One page of a list, as IAM pages: `Marker` is opaque, `MaxItems` 100 unless told. */
export function page<T>(items: readonly T[], input: { Marker?: string; MaxItems?: number }): { items: T[]; IsTruncated: boolean; Marker?: string } {
  const from = input.Marker === undefined ? 0 : Number.parseInt(input.Marker, 10) || 0;
  const to = from + (input.MaxItems ?? 100);
  return { items: items.slice(from, to), IsTruncated: to < items.length, ...(to < items.length ? { Marker: String(to) } : {}) };
}

/** Documents leave IAM percent-encoded (RFC 3986; see GetRole in the IAM API Reference). */
export const encodeDocument = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The type is `Policy` in every answer of IAM, though its model lists `PermissionsBoundaryPolicy` (IAM API Reference, AttachedPermissionsBoundary). */
export function describeBoundary(arn: string | undefined): { PermissionsBoundary?: AttachedPermissionsBoundary } {
  const type = "Policy" as AttachedPermissionsBoundary["PermissionsBoundaryType"];
  return arn === undefined ? {} : { PermissionsBoundary: { PermissionsBoundaryType: type, PermissionsBoundaryArn: arn } };
}
