import { aws_apigatewayv2 as api, aws_lambda as lambda, CfnOutput, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { RouseFunction } from "../rouse-function.ts";
import { acknowledge } from "../rouse-stack.ts";

/** POST /start and POST /stop, for callers whose requests are signed and who may execute-api:Invoke. */
export class EnginesApi extends Construct {
  constructor(stack: Stack, id: string, { name, start, stop }: { name: string; start: RouseFunction; stop: RouseFunction }) {
    super(stack, id);
    const http = new api.CfnApi(this, "Api", { name, protocolType: "HTTP", description: "Starts and stops engines" });
    this.route(stack, http, "Start", "/start", start);
    this.route(stack, http, "Stop", "/stop", stop);
    const stage = new api.CfnStage(this, "Stage", { apiId: http.ref, stageName: "$default", autoDeploy: true });
    acknowledge(stage, "AwsSolutions-APIG1", "The functions' own logs say who started and stopped what; CloudTrail says who called.");
    new CfnOutput(stack, "Api", { value: http.attrApiEndpoint, description: "POST /start and POST /stop, signed." });
  }

  private route(stack: Stack, http: api.CfnApi, id: string, path: string, to: RouseFunction): void {
    const integration = new api.CfnIntegration(this, `${id}Integration`, {
      apiId: http.ref,
      integrationType: "AWS_PROXY",
      integrationUri: to.arn,
      payloadFormatVersion: "2.0",
      // The most that an HTTP API waits (API Gateway quotas, maximum integration timeout).
      timeoutInMillis: 30_000,
    });
    new api.CfnRoute(this, `${id}Route`, {
      apiId: http.ref,
      routeKey: `POST ${path}`,
      authorizationType: "AWS_IAM",
      target: `integrations/${integration.ref}`,
    });
    new lambda.CfnPermission(this, `${id}MayInvoke`, {
      action: "lambda:InvokeFunction",
      functionName: to.arn,
      principal: "apigateway.amazonaws.com",
      sourceArn: stack.formatArn({ service: "execute-api", resource: http.ref, resourceName: `*/POST${path}` }),
    });
  }
}
