import type { Clock } from "../../../core/clock.ts";
import { AwsError } from "../../../core/errors.ts";
import type { Api } from "../../../core/ports.ts";
import type { Ids } from "../../../core/ids.ts";
import type { OperationSchema } from "../../../wire/schema.ts";
import { StatesError } from "../asl/errors.ts";
import type { Json, JsonObject } from "../asl/types.ts";
import { toInput, toOutput } from "./sdk-shapes.ts";
import type { Job } from "./task.ts";

export interface CallDeps {
  clock: Clock;
  api: Api;
  ids: Ids;
  /** The schema of an operation; undefined where this cloud does not have the service, or the service not the operation. */
  schemaOf: (service: string, operation: string) => Promise<OperationSchema | undefined>;
}

/**
 * Services as `aws-sdk` resources name them, where that differs from their names here, and the names of their errors' prefix
 * (Developer Guide, "Supported AWS SDK integrations"; "Error names": the SDK's client name).
 */
const SERVICES: Record<string, [here: string, prefix: string]> = {
  acm: ["acm", "Acm"],
  apigatewayv2: ["apigateway", "ApiGatewayV2"],
  applicationautoscaling: ["application-autoscaling", "ApplicationAutoScaling"],
  autoscaling: ["autoscaling", "AutoScaling"],
  cloudformation: ["cloudformation", "CloudFormation"],
  cloudwatch: ["cloudwatch", "CloudWatch"],
  cloudwatchlogs: ["logs", "CloudWatchLogs"],
  ec2: ["ec2", "Ec2"],
  ecr: ["ecr", "Ecr"],
  ecs: ["ecs", "Ecs"],
  efs: ["elasticfilesystem", "Efs"],
  elasticloadbalancingv2: ["elasticloadbalancing", "ElasticLoadBalancingV2"],
  eventbridge: ["events", "EventBridge"],
  iam: ["iam", "Iam"],
  lambda: ["lambda", "Lambda"],
  route53: ["route53", "Route53"],
  scheduler: ["scheduler", "Scheduler"],
  sfn: ["states", "Sfn"],
  sns: ["sns", "Sns"],
  sqs: ["sqs", "Sqs"],
  ssm: ["ssm", "Ssm"],
  sts: ["sts", "Sts"],
};

/** A service of an `aws-sdk` resource by its name here. */
export const sdkService = (name: string): { service: string; prefix: string } | undefined => {
  const found = SERVICES[name];
  return found && { service: found[0], prefix: found[1] };
};

export const operationOf = (action: string): string => action.charAt(0).toUpperCase() + action.slice(1);

interface Ask {
  service: string;
  operation: string;
  /** Of the names of errors. */
  prefix: string;
  parameters: JsonObject;
}

/** Calls an operation as the machine's role. @throws StatesError `<prefix>.<code>` */
export async function ask(
  deps: CallDeps,
  { as, place }: Pick<Job, "as" | "place">,
  { service, operation, prefix, parameters }: Ask,
): Promise<JsonObject> {
  // Reading the schemas takes the machine's time, not the cloud's.
  const schema = await deps.clock.during(deps.schemaOf(service, operation));
  if (!schema) throw new StatesError("States.Runtime", `This cloud does not have ${service}:${operation}.`);
  const input = toInput(schema.input, parameters) as object;
  try {
    const answer = await deps.api.call<object | undefined>(service, operation, input, place, as);
    return (toOutput(schema.output, answer ?? {}) ?? {}) as JsonObject;
  } catch (error) {
    if (error instanceof AwsError) throw statesError(error, prefix, deps.ids);
    if (error instanceof Error && error.name === "NotSupported") throw new StatesError("States.Runtime", error.message);
    throw error;
  }
}

/** `Ecs.ClusterNotFoundException`; the cause is the SDK's message, which ends in service, status and request. */
function statesError(error: AwsError, prefix: string, ids: Ids): StatesError {
  const code = error.code === "AccessDenied" ? "AccessDeniedException" : error.code;
  const name = /Exception$|Error$|Fault$/.test(code) ? code : `${code}Exception`;
  return new StatesError(`${prefix}.${name}`, `${error.message} (Service: ${prefix}, Status Code: ${error.status}, Request ID: ${ids.uuid()})`);
}

/** What the optimized integrations add to the service's answer. */
export function withMetadata(answer: JsonObject, ids: Ids): Json {
  const requestId = ids.uuid();
  return {
    ...answer,
    SdkHttpMetadata: { HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
  };
}
