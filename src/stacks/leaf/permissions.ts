import { ArnFormat, aws_iam as iam, type Stack } from "aws-cdk-lib";
import type { Permissions } from "../../config/schema.ts";

/**
 * Statements of a leaf's task role. Names are of the stack's account and region; ARNs are taken as they are. The actions of the
 * short forms are those that the Service Authorization Reference lists for what the words say.
 */
export function permissionStatements(stack: Stack, permissions: Permissions): iam.PolicyStatement[] {
  const { statements, ...short } = permissions;
  return [
    ...buckets(stack, short.s3),
    ...tables(stack, short.dynamodb),
    ...queues(stack, short.sqs),
    ...allow("PublishToTopics", ["sns:Publish"], arns(stack, short.sns?.publish, { service: "sns", resource: "" })),
    ...allow("PutEvents", ["events:PutEvents"], arns(stack, short.events?.put, { service: "events", resource: "event-bus" })),
    ...allow(
      "InvokeFunctions",
      ["lambda:InvokeFunction"],
      arns(stack, short.lambda?.invoke, { service: "lambda", resource: "function", colon: true }),
    ),
    ...allow(
      "ReadSecrets",
      ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      (short.secrets?.read ?? []).map((name) => secretArn(stack, name)),
    ),
    ...allow(
      "ReadParameters",
      ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
      (short.parameters?.read ?? []).map((name) => parameterArn(stack, name)),
    ),
    ...statements.map(statementOf),
  ];
}

const isArn = (name: string): boolean => name.startsWith("arn:");

function allow(sid: string, actions: string[], resources: readonly string[]): iam.PolicyStatement[] {
  return resources.length === 0 ? [] : [new iam.PolicyStatement({ sid, actions, resources: [...new Set(resources)] })];
}

function arns(stack: Stack, names: readonly string[] = [], of: { service: string; resource: string; colon?: boolean }): string[] {
  return names.map((name) => (isArn(name) ? name : arnOf(stack, name, of)));
}

function arnOf(stack: Stack, name: string, { service, resource, colon }: { service: string; resource: string; colon?: boolean }): string {
  // Topics and queues have nothing between the account and their name.
  if (resource === "") return stack.formatArn({ service, resource: name, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  return stack.formatArn({ service, resource, resourceName: name, ...(colon ? { arnFormat: ArnFormat.COLON_RESOURCE_NAME } : {}) });
}

/** `bucket`, `bucket/prefix/*` or either as an ARN: the bucket's ARN, and that of its objects. */
function bucketArns(stack: Stack, name: string): { bucket: string; objects: string } {
  const path = isArn(name)
    ? name
    : stack.formatArn({ service: "s3", region: "", account: "", resource: name, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  const slash = name.lastIndexOf(":") < name.indexOf("/") ? name.indexOf("/") : -1;
  if (slash === -1) return { bucket: path, objects: `${path}/*` };
  const rest = name.slice(slash);
  return { bucket: path.slice(0, path.length - rest.length), objects: path };
}

function buckets(stack: Stack, s3: Permissions["s3"]): iam.PolicyStatement[] {
  const [read, write] = [s3?.read ?? [], s3?.write ?? []].map((names) => names.map((name) => bucketArns(stack, name)));
  const all = [...read!, ...write!];
  return [
    // ListBucket so that an object that is not there answers 404 and not 403 (Amazon S3 API reference, GetObject).
    ...allow(
      "ListBuckets",
      ["s3:ListBucket", "s3:GetBucketLocation"],
      all.map(({ bucket }) => bucket),
    ),
    ...allow(
      "ReadObjects",
      ["s3:GetObject"],
      read!.map(({ objects }) => objects),
    ),
    ...allow(
      "WriteObjects",
      ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      write!.map(({ objects }) => objects),
    ),
  ];
}

function tables(stack: Stack, dynamodb: Permissions["dynamodb"]): iam.PolicyStatement[] {
  const withIndexes = (names: readonly string[] = []) =>
    arns(stack, names, { service: "dynamodb", resource: "table" }).flatMap((arn) => [arn, `${arn}/index/*`]);
  return [
    ...allow(
      "ReadTables",
      ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:ConditionCheckItem", "dynamodb:DescribeTable"],
      withIndexes(dynamodb?.read),
    ),
    ...allow(
      "WriteTables",
      ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:DescribeTable"],
      arns(stack, dynamodb?.write, { service: "dynamodb", resource: "table" }),
    ),
  ];
}

function queues(stack: Stack, sqs: Permissions["sqs"]): iam.PolicyStatement[] {
  const of = { service: "sqs", resource: "" };
  return [
    ...allow("SendMessages", ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"], arns(stack, sqs?.send, of)),
    ...allow(
      "ReceiveMessages",
      ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
      arns(stack, sqs?.receive, of),
    ),
  ];
}

/** Secrets Manager puts a hyphen and six characters after the name that a secret is given (AWS Secrets Manager API reference, CreateSecret). */
export const secretArn = (stack: Stack, name: string): string =>
  isArn(name) ? name : `${arnOf(stack, name, { service: "secretsmanager", resource: "secret", colon: true })}-??????`;

export const parameterArn = (stack: Stack, name: string): string =>
  isArn(name) ? name : arnOf(stack, name.replace(/^\//, ""), { service: "ssm", resource: "parameter" });

function statementOf({ sid, effect, actions, resources, conditions }: Permissions["statements"][number]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    ...(sid === undefined ? {} : { sid }),
    effect: effect === "Deny" ? iam.Effect.DENY : iam.Effect.ALLOW,
    actions,
    resources,
    ...(conditions === undefined ? {} : { conditions }),
  });
}
