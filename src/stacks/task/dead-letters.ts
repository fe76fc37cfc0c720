import { aws_cloudwatch as cloudwatch, aws_iam as iam, aws_sqs as sqs } from "aws-cdk-lib";
import { Construct } from "constructs";
import { deadLetterAlarmName } from "../../functions/shared/names.ts";
import { acknowledge } from "../rouse-stack.ts";

const KEPT_DAYS = 14;
const DAY = 86_400;

/**
 * What could not be started: a queue, and one where the letters are kept once people were told of them. Two, so that the alarm on
 * the first is over then, and the next letter raises it again.
 */
export class DeadLetters extends Construct {
  readonly queue: sqs.CfnQueue;
  readonly kept: sqs.CfnQueue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = this.aQueue("Queue");
    this.kept = this.aQueue("Kept");
  }

  private aQueue(id: string): sqs.CfnQueue {
    const queue = new sqs.CfnQueue(this, id, { messageRetentionPeriod: KEPT_DAYS * DAY, sqsManagedSseEnabled: true });
    acknowledge(queue, "AwsSolutions-SQS3", "It is itself where dead letters go.");
    new sqs.CfnQueuePolicy(this, `${id}Policy`, {
      queues: [queue.ref],
      policyDocument: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            sid: "TlsOnly",
            effect: iam.Effect.DENY,
            principals: [new iam.AnyPrincipal()],
            actions: ["sqs:*"],
            resources: [queue.attrArn],
            conditions: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ],
      }),
    });
    return queue;
  }
}

/** Tells a function as soon as a letter is there. It reads why, and tells people. */
export function deadLetterAlarm(
  scope: Construct,
  id: string,
  { application, leaf, queue, action }: { application: string; leaf: string; queue: sqs.CfnQueue; action: string },
): cloudwatch.CfnAlarm {
  return new cloudwatch.CfnAlarm(scope, id, {
    alarmName: deadLetterAlarmName(application, leaf),
    alarmDescription: `Runs of ${leaf} that could not be started. A mail says why.`,
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: [{ name: "QueueName", value: queue.attrQueueName }],
    statistic: "Maximum",
    period: 60,
    evaluationPeriods: 1,
    threshold: 0,
    comparisonOperator: "GreaterThanThreshold",
    // SQS says nothing of a queue that nobody uses (Amazon SQS developer guide, "Available CloudWatch metrics").
    treatMissingData: "notBreaching",
    alarmActions: [action],
  });
}
