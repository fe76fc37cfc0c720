/**
 * Types of resources that hold what cannot be made again from the files. One of them that goes or is replaced has to be
 * confirmed. Not here, on purpose: log groups (their life is a week or a month, and the docs say that they go with the
 * stacks), hosted zones (a leaf's zone is delegated anew by its own stack), queues for dead letters (what is in them was
 * mailed), key pairs (Session Manager always works).
 */
const STATEFUL: Readonly<Record<string, string>> = {
  "AWS::EFS::FileSystem": "volume",
  "AWS::S3::Bucket": "bucket",
  "AWS::ECR::Repository": "repository of images",
  "AWS::SecretsManager::Secret": "secret",
  "AWS::Backup::BackupVault": "vault of backups",
  "AWS::DynamoDB::Table": "table",
};

/** A topic holds who has confirmed to get its mails: but for the embedded cloud, where nobody has to. */
const TOPIC = "AWS::SNS::Topic";

export const isStateful = (type: string): boolean => type in STATEFUL;

/** What a resource holds, in a word; undefined for one that can be made again. @param subscribed whether people get this stack's mails */
export function stateOf(type: string, subscribed: boolean): string | undefined {
  if (type === TOPIC) return subscribed ? "topic, whose subscribers would have to confirm again" : undefined;
  return STATEFUL[type];
}
