import { ArnFormat, aws_iam as iam, aws_lambda as lambda, aws_sns as sns, aws_ssm as ssm, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Project, Secret } from "../../config/schema.ts";
import { NOTIFY_ENV } from "../../functions/notify/env.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { alertsParameter, historyGroupName } from "../../functions/shared/names.ts";
import { functionName } from "../names.ts";
import { RouseFunction } from "../rouse-function.ts";
import { acknowledgeWildcards } from "../rouse-stack.ts";
import { alertParameters, secretsOf } from "./channels.ts";

/** Seconds: two attempts at a receiver that says nothing, a minute's wait that one asks for, and what lies between. */
const LIMIT = 120;

/** Characters of secrets' ARNs that a role may read: of the 10,240 of its policies (IAM user guide, "IAM and AWS STS quotas"). */
const MOST_ARNS = 8000;

/**
 * Tells Discord, Slack and webhooks what the admin's topic hears, which is everything. The leaves' lists are here, too, and not in
 * their stacks: a leaf comes, goes and changes its kind, and nothing of it refers to this function.
 */
export class Notify extends Construct {
  constructor(stack: Stack, id: string, { project, topic, functionsDir }: { project: Project; topic: sns.Topic; functionsDir: string }) {
    super(stack, id);
    const { base, environment } = project;
    const names = { application: base.name, environment: environment.name };
    const self = functionName(base.name, undefined, "notify");
    const statements = statementsOf(stack, project, self);
    const notify = new RouseFunction(this, "Notify", {
      application: base.name,
      name: "notify",
      description: "Tells Discord, Slack and webhooks",
      functionsDir,
      timeout: LIMIT,
      environment: writeEnv(NOTIFY_ENV, { ...names, self }),
      statements,
    });
    acknowledgeWildcards(
      notify.role,
      [...new Set(statements.flatMap(({ resources }) => resources).filter((resource) => resource.includes("*") || resource.includes("?")))],
      "Lists and histories of all leaves, whichever there are; Secrets Manager makes up the end of a secret's ARN.",
    );
    new lambda.CfnPermission(this, "MayInvoke", {
      action: "lambda:InvokeFunction",
      functionName: notify.arn,
      principal: "sns.amazonaws.com",
      sourceArn: topic.topicArn,
    });
    new sns.CfnSubscription(this, "Subscription", { topicArn: topic.topicArn, protocol: "lambda", endpoint: notify.arn });
    for (const [name, value] of alertParameters(project)) {
      new ssm.CfnParameter(this, `Channels${name.slice(alertsParameter(names.application, names.environment).length).replace("/", "-")}`, {
        name,
        description: "Whom to tell besides by mail; nothing in it is secret",
        type: "String",
        value,
      });
    }
  }
}

function statementsOf(stack: Stack, project: Project, self: string): iam.PolicyStatement[] {
  const { base, environment } = project;
  const secrets = secretsOf(project);
  const parameters = unique(secrets.flatMap((secret) => ("parameter" in secret ? [parameterArn(stack, secret.parameter)] : [])));
  const kept = unique(secrets.flatMap((secret) => ("secret" in secret ? [secretArn(stack, secret.secret)] : [])));
  const keys = unique(secrets.flatMap(({ encryptionKey }: Secret) => encryptionKey ?? []));
  if ([...parameters, ...kept, ...keys].join("").length > MOST_ARNS) {
    throw new Error(
      `alerts: ${secrets.length} secrets are more than one function may be allowed to read; let leaves share channels, or put their URLs into one secret with keys`,
    );
  }
  const lists = alertsParameter(base.name, environment.name);
  const may = (sid: string, action: string, resources: string[]): iam.PolicyStatement[] =>
    resources.length === 0 ? [] : [new iam.PolicyStatement({ sid, actions: [action], resources })];
  return [
    ...may("WhomToTell", "ssm:GetParameters", [parameterArn(stack, lists), parameterArn(stack, `${lists}/*`)]),
    ...may("ReadParameters", "ssm:GetParameter", parameters),
    ...may("ReadSecrets", "secretsmanager:GetSecretValue", kept),
    ...may("DecryptSecrets", "kms:Decrypt", keys),
    ...may("TryAgain", "lambda:InvokeFunction", [
      stack.formatArn({ service: "lambda", resource: "function", resourceName: self, arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
    ]),
    // Whom it reached, in the history of each leaf.
    new iam.PolicyStatement({
      sid: "Histories",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [
        stack.formatArn({
          service: "logs",
          resource: "log-group",
          resourceName: `${historyGroupName(base.name, "*")}:*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    }),
  ];
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

const parameterArn = (stack: Stack, name: string): string =>
  name.startsWith("arn:") ? name : stack.formatArn({ service: "ssm", resource: "parameter", resourceName: name.replace(/^\//, "") });

/** Six characters after a hyphen are the end that Secrets Manager makes up (AWS Secrets Manager API reference, CreateSecret). */
function secretArn(stack: Stack, name: string): string {
  if (/^arn:.*-[A-Za-z0-9]{6}$/.test(name)) return name;
  const arn = name.startsWith("arn:")
    ? name
    : stack.formatArn({ service: "secretsmanager", resource: "secret", resourceName: name, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return `${arn}-??????`;
}
