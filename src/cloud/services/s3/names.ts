import { AwsError } from "../../core/errors.ts";

export const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;
export const objectArn = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`;

/** "General purpose bucket naming rules", S3 User Guide. @throws AwsError InvalidBucketName */
export function checkBucketName(name: string): void {
  const fits =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (!fits) throw new AwsError("InvalidBucketName", "The specified bucket is not valid.", { fields: { BucketName: name } });
}
