import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Recorder } from "../shared/aws-record.ts";
import { tellAndRecord } from "../shared/aws-tell.ts";
import { realTime } from "../shared/poll.ts";
import { CLIENT } from "../shared/sdk.ts";
import type { LettersWorld } from "./letters.ts";

/** Seconds in which nobody else gets what was received: longer than the function runs. */
const HIDDEN = 330;

export function awsLetters(of: {
  deadLetters: string;
  keptLetters: string;
  alarm: string;
  topics: readonly string[];
  record: Recorder;
}): LettersWorld {
  const sqs = new SQSClient(CLIENT);
  const from = { QueueUrl: of.deadLetters };
  return {
    now: realTime.now,
    receive: async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ ...from, MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN, MessageAttributeNames: ["All"] }),
      );
      return Messages.map(({ MessageId, ReceiptHandle, Body, MessageAttributes = {} }) => ({
        id: MessageId!,
        receipt: ReceiptHandle!,
        body: Body ?? "",
        attributes: Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue ?? ""])),
      }));
    },
    tell: (message) => tellAndRecord(of.topics, message, of.record),
    keep: async ({ receipt, body, attributes }) => {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: "String", StringValue: StringValue || "-" }]),
      );
      // A message may not be empty.
      await sqs.send(new SendMessageCommand({ QueueUrl: of.keptLetters, MessageBody: body || "-", MessageAttributes }));
      await sqs.send(new DeleteMessageCommand({ ...from, ReceiptHandle: receipt }));
    },
    calm: async () => {
      const state = { AlarmName: of.alarm, StateValue: "OK" as const, StateReason: "Its letters are told of." };
      await new CloudWatchClient(CLIENT).send(new SetAlarmStateCommand(state));
    },
  };
}
