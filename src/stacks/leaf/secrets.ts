import { aws_ecs as ecs, aws_iam as iam, aws_secretsmanager as secretsmanager, aws_ssm as ssm } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { ContainerLeaf, Secret } from "../../config/schema.ts";

/** The characters that Secrets Manager puts after a secret's name in its whole ARN (AWS Secrets Manager API reference, CreateSecret). */
const WHOLE_ARN = /-[A-Za-z0-9]{6}$/;

/**
 * The container's secrets by variable, by reference: ECS reads them with the execution role when a task starts.
 * The role may decrypt with no key but those that the leaf names; AWS's own keys need no permission.
 */
export function secretsOf(scope: Construct, { secrets }: Pick<ContainerLeaf, "secrets">, executionRole: iam.IGrantable): Record<string, ecs.Secret> {
  const parent = new Construct(scope, "Secrets");
  const keys = Object.values(secrets).flatMap(({ encryptionKey }) => (encryptionKey === undefined ? [] : [encryptionKey]));
  if (keys.length > 0) {
    executionRole.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({ sid: "DecryptSecrets", actions: ["kms:Decrypt"], resources: [...new Set(keys)] }),
    );
  }
  return Object.fromEntries(Object.entries(secrets).map(([variable, secret]) => [variable, reference(parent, variable, secret)]));
}

function reference(scope: Construct, id: string, secret: Secret): ecs.Secret {
  if ("parameter" in secret) return ecs.Secret.fromSsmParameter(parameter(scope, id, secret.parameter));
  return ecs.Secret.fromSecretsManager(fromSecret(scope, id, secret.secret), secret.key);
}

function fromSecret(scope: Construct, id: string, name: string): secretsmanager.ISecret {
  if (!name.startsWith("arn:")) return secretsmanager.Secret.fromSecretNameV2(scope, id, name);
  return WHOLE_ARN.test(name)
    ? secretsmanager.Secret.fromSecretCompleteArn(scope, id, name)
    : secretsmanager.Secret.fromSecretPartialArn(scope, id, name);
}

function parameter(scope: Construct, id: string, name: string): ssm.IParameter {
  return name.startsWith("arn:")
    ? ssm.StringParameter.fromStringParameterArn(scope, id, name)
    : ssm.StringParameter.fromSecureStringParameterAttributes(scope, id, { parameterName: name });
}
