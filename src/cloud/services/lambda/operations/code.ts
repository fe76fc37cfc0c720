import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { AssetsPort } from "../../../core/ports.ts";
import type { Packages } from "../code/packages.ts";
import type { CodeRow } from "../state.ts";
import { invalid } from "./configuration.ts";

/** Lambda quotas: 50 MB for a package in the request itself. */
const LARGEST_ZIP = 52_428_800;

export interface CodeSource {
  ZipFile?: Uint8Array;
  S3Bucket?: string;
  S3Key?: string;
  S3ObjectVersion?: string;
  ImageUri?: string;
}

/** Stores a function's package. @throws AwsError InvalidParameterValueException, RequestTooLargeException; NotSupported for images. */
export function storeCode(deps: { packages: Packages; assets: AssetsPort }, operation: string, source: CodeSource): CodeRow {
  if (source.ImageUri) throw new NotSupported("lambda", operation, "functions from container images (ImageUri)");
  if (source.S3ObjectVersion) throw new NotSupported("lambda", operation, "versions of S3 objects (S3ObjectVersion)");
  if (source.ZipFile) {
    if (source.ZipFile.byteLength > LARGEST_ZIP) {
      throw new AwsError("RequestTooLargeException", `Request must be smaller than ${LARGEST_ZIP} bytes for the ${operation} operation`, {
        status: 413,
        fields: { Type: "User" },
      });
    }
    return deps.packages.addZip(source.ZipFile);
  }
  if (!source.S3Bucket || !source.S3Key) throw invalid("Please provide a source for function code.");
  const path = deps.assets.get(source.S3Bucket, source.S3Key);
  if (path === undefined) {
    throw invalid("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.");
  }
  return deps.packages.addPath(path);
}
