import { aws_iam as iam, aws_lambda as lambda, aws_logs as logs, Duration, RemovalPolicy } from "aws-cdk-lib";
import { Construct } from "constructs";
import { join } from "node:path";
import { functionName } from "./names.ts";

export interface RouseFunctionProps {
  readonly application: string;
  readonly leaf: string;
  /** Name of its folder below src/functions. */
  readonly name: string;
  readonly description: string;
  /** Folder with the bundles, `<name>/index.mjs`. */
  readonly functionsDir: string;
  readonly environment: Record<string, string>;
  /** Everything it may do, but writing its own log. */
  readonly statements: iam.PolicyStatement[];
}

/** A function of Rouse's own: a bundle, a role that may do what is listed and nothing else, a log kept for a week. */
export class RouseFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: RouseFunctionProps) {
    super(scope, id);
    const name = functionName(props.application, props.leaf, props.name);
    const logGroup = new logs.LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${name}`,
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const log = new iam.PolicyStatement({ sid: "OwnLog", actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logGroup.logGroupArn] });
    this.role = new iam.Role(this, "Role", {
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: { Function: new iam.PolicyDocument({ statements: [log, ...props.statements] }) },
    });
    this.function = new lambda.Function(this, "Function", {
      functionName: name,
      description: props.description,
      // The bundle is one file; hashing the folder is cheap, and CDK remembers it for all leaves.
      code: lambda.Code.fromAsset(join(props.functionsDir, props.name)),
      handler: "index.handler",
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(30),
      role: this.role,
      logGroup,
      environment: props.environment,
    });
  }
}
