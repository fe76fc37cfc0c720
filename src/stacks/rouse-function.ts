import { aws_iam as iam, aws_lambda as lambda, aws_logs as logs, RemovalPolicy } from "aws-cdk-lib";
import { Construct } from "constructs";
import { join } from "node:path";
import { functionName } from "./names.ts";

export interface RouseFunctionProps {
  readonly application: string;
  /** Undefined for a function that is for several leaves. */
  readonly leaf?: string;
  /** Name of its folder below src/functions. */
  readonly name: string;
  readonly description: string;
  /** Folder with the bundles, `<name>/index.mjs`. */
  readonly functionsDir: string;
  /** Seconds that a run may take, at most 900. Default: 30. */
  readonly timeout?: number;
  readonly environment: Record<string, string>;
  /** ARN of the queue for events that the function failed to handle, retries and all. */
  readonly deadLetters?: string;
  /** Everything it may do, but writing its own log. */
  readonly statements: iam.PolicyStatement[];
}

/**
 * A function of Rouse's own: a bundle, a role that may do what is listed and nothing else, a log kept for a week.
 *
 * Of the plain resource and not of CDK's Function: that one adds a dependency on the role which the reference to it implies
 * already (cfn-lint W3005).
 */
export class RouseFunction extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly role: iam.Role;
  private readonly resource: lambda.CfnFunction;

  constructor(scope: Construct, id: string, props: RouseFunctionProps) {
    super(scope, id);
    this.name = functionName(props.application, props.leaf, props.name);
    const logGroup = new logs.LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${this.name}`,
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const log = new iam.PolicyStatement({ sid: "OwnLog", actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logGroup.logGroupArn] });
    this.role = new iam.Role(this, "Role", {
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: { Function: new iam.PolicyDocument({ statements: [log, ...props.statements] }) },
    });
    // One small folder, hashed once for all leaves: CDK remembers it.
    const code = lambda.Code.fromAsset(join(props.functionsDir, props.name));
    const { s3Location } = code.bind(this);
    const resource = new lambda.CfnFunction(this, "Function", {
      functionName: this.name,
      description: props.description,
      code: { s3Bucket: s3Location!.bucketName, s3Key: s3Location!.objectKey },
      handler: "index.handler",
      runtime: lambda.Runtime.NODEJS_24_X.name,
      architectures: [lambda.Architecture.ARM_64.name],
      memorySize: 256,
      timeout: props.timeout ?? 30,
      role: this.role.roleArn,
      loggingConfig: { logGroup: logGroup.logGroupName },
      environment: { variables: props.environment },
      ...(props.deadLetters === undefined ? {} : { deadLetterConfig: { targetArn: props.deadLetters } }),
    });
    // Says where the bundle is on disk, for tools that read the assembly.
    code.bindToResource(resource);
    this.arn = resource.attrArn;
    this.resource = resource;
  }

  /** Sets a variable of its environment that is known only when the rest of its stack is there. */
  setVariable(name: string, value: string): void {
    this.resource.addPropertyOverride(`Environment.Variables.${name}`, value);
  }
}
