import { aws_iam as iam, type aws_sns as sns, aws_stepfunctions as stepfunctions, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Workflow } from "../../config/schema.ts";
import { type Occasion, OCCASION_ATTRIBUTE } from "../../functions/shared/notice.ts";
import type { RouseFunction } from "../rouse-function.ts";
import { acknowledge } from "../rouse-stack.ts";

export interface WorkflowProps {
  readonly application: string;
  readonly name: string;
  readonly workflow: Workflow;
  readonly start: RouseFunction;
  readonly topic: sns.ITopic;
}

/** Faults of the Lambda service, which pass (Step Functions developer guide, "Handle transient Lambda service exceptions"). */
const TRANSIENT = [
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
];

/** A state machine that starts several engines at once, waits for each, and reports: `{started: […], failed: […]}`. */
export class EngineWorkflow extends Construct {
  constructor(stack: Stack, id: string, { application, name, workflow, start, topic }: WorkflowProps) {
    super(stack, id);
    const role = new iam.Role(this, "Role", {
      // Not for another account's state machines (Step Functions developer guide, "Prevent cross-service confused deputy issue").
      assumedBy: new iam.ServicePrincipal("states.amazonaws.com", { conditions: { StringEquals: { "aws:SourceAccount": stack.account } } }),
      inlinePolicies: {
        Workflow: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ sid: "Start", actions: ["lambda:InvokeFunction"], resources: [start.arn] }),
            new iam.PolicyStatement({ sid: "Tell", actions: ["sns:Publish"], resources: [topic.topicArn] }),
          ],
        }),
      },
    });
    const machine = new stepfunctions.CfnStateMachine(this, "Machine", {
      stateMachineName: `${application}-${name}`,
      stateMachineType: "STANDARD",
      roleArn: role.roleArn,
      definitionString: stack.toJsonString(definition(name, workflow, start.arn, topic.topicArn)),
    });
    acknowledge(machine, "AwsSolutions-SF1", "Step Functions keeps the history of each execution for 90 days; the report says what failed.");
    acknowledge(
      machine,
      "AwsSolutions-SF2",
      "Its one step is a function whose log has every phase with its time; a trace would cost and add nothing.",
    );
  }
}

/** Amazon States Language, with JSONata (Step Functions developer guide, "Transforming data with JSONata"). */
export function definition(name: string, { start, waitForHealthy, timeout }: Workflow, functionArn: string, topicArn: string): object {
  return {
    Comment: `Starts ${start.join(", ")}`,
    QueryLanguage: "JSONata",
    StartAt: "StartAll",
    States: {
      StartAll: {
        Type: "Map",
        Items: start,
        ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, StartAt: "Start", States: oneStart(functionArn, waitForHealthy, timeout) },
        Output: {
          workflow: name,
          started: "{% [$states.result[ok].service] %}",
          failed: "{% [$states.result[$not(ok)].{'service': service, 'error': error}] %}",
        },
        Next: "AllStarted",
      },
      AllStarted: { Type: "Choice", Choices: [{ Condition: "{% $count($states.input.failed) = 0 %}", Next: "Done" }], Default: "Tell" },
      Tell: {
        Type: "Task",
        Resource: "arn:aws:states:::sns:publish",
        Arguments: {
          TopicArn: topicArn,
          MessageAttributes: { [OCCASION_ATTRIBUTE]: { DataType: "String", StringValue: "run-failed" satisfies Occasion } },
          Subject: `Workflow ${name}: not everything has started`,
          Message:
            "{% 'Started: ' & ($count($states.input.started) = 0 ? 'none' : $join($states.input.started, ', ')) & '. Failed: ' & $join($states.input.failed.(service & ' (' & error & ')'), ', ') & '.' %}",
        },
        Output: "{% $states.input %}",
        // That nobody could be told does not change what there is to tell.
        Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.input %}", Next: "NotAllStarted" }],
        Next: "NotAllStarted",
      },
      NotAllStarted: { Type: "Fail", Error: "NotAllStarted", Cause: "{% $string($states.input) %}" },
      Done: { Type: "Succeed" },
    },
  };
}

/** The start of one service: its input is the name, its output `{service, ok, error?}`. It never fails: what failed is reported. */
function oneStart(functionArn: string, waitForHealthy: boolean, timeout: number): object {
  return {
    Start: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Arguments: { FunctionName: functionArn, Payload: { service: "{% $states.input %}", waitForHealthy, source: "workflow" } },
      TimeoutSeconds: timeout,
      Retry: [{ ErrorEquals: TRANSIENT, IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 }],
      Output: {
        service: "{% $states.input %}",
        ok: "{% $states.result.Payload.statusCode = 200 %}",
        error:
          "{% $states.result.Payload.statusCode = 200 ? '' : $exists($states.result.Payload.body.error) ? $states.result.Payload.body.error : $string($states.result.Payload) %}",
      },
      Catch: [
        {
          ErrorEquals: ["States.ALL"],
          Output: {
            service: "{% $states.input %}",
            ok: false,
            error: "{% $states.errorOutput.Error & ($exists($states.errorOutput.Cause) ? ': ' & $states.errorOutput.Cause : '') %}",
          },
          Next: "NotStarted",
        },
      ],
      End: true,
    },
    NotStarted: { Type: "Pass", End: true },
  };
}
