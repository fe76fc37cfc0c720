import { AwsError } from "../../core/errors.ts";

// "List of error codes", S3 API Reference.
export const noSuchBucket = (bucket: string): AwsError =>
  new AwsError("NoSuchBucket", "The specified bucket does not exist", { status: 404, fields: { BucketName: bucket } });
export const noSuchKey = (key: string): AwsError =>
  new AwsError("NoSuchKey", "The specified key does not exist.", { status: 404, fields: { Key: key } });
export const noSuchVersion = (key: string, versionId: string): AwsError =>
  new AwsError("NoSuchVersion", "The specified version does not exist.", { status: 404, fields: { Key: key, VersionId: versionId } });
export const noSuchUpload = (uploadId: string): AwsError =>
  new AwsError(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { status: 404, fields: { UploadId: uploadId } },
  );
export const invalidArgument = (message: string, fields: Record<string, string> = {}): AwsError =>
  new AwsError("InvalidArgument", message, { fields });
export const preconditionFailed = (condition: string): AwsError =>
  new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    status: 412,
    fields: { Condition: condition },
  });
export const malformedXml = (): AwsError =>
  new AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
export const badDigest = (message: string): AwsError => new AwsError("BadDigest", message);
