import { list, named, type Reader } from "./reader.ts";

const rule: Reader = async (context, { physicalId, properties }) => {
  const EventBusName = properties["EventBusName"] as unknown;
  const found = await context.call("events", "DescribeRule", { Name: physicalId, EventBusName });
  const { Targets } = await context.call("events", "ListTargetsByRule", { Rule: physicalId, EventBusName });
  return { ...named(found, "Description EventPattern RoleArn ScheduleExpression State"), Targets: list(Targets) };
};

const schedule: Reader = async (context, { physicalId, properties }) => {
  const found = await context.call("scheduler", "GetSchedule", { Name: physicalId, GroupName: properties["GroupName"] });
  return named(found, "Description FlexibleTimeWindow ScheduleExpression ScheduleExpressionTimezone State Target");
};

const topic: Reader = async (context, { physicalId }) => {
  const { Attributes } = await context.call("sns", "GetTopicAttributes", { TopicArn: physicalId });
  const { Tags } = await context.call("sns", "ListTagsForResource", { ResourceArn: physicalId });
  return { ...named(Attributes, "DisplayName KmsMasterKeyId ContentBasedDeduplication"), Tags: list(Tags) };
};

const subscription: Reader = async (context, { physicalId }) => {
  const { Attributes } = await context.call("sns", "GetSubscriptionAttributes", { SubscriptionArn: physicalId });
  return named(Attributes, "Protocol Endpoint TopicArn FilterPolicy RawMessageDelivery RedrivePolicy");
};

const topicPolicy: Reader = async (context, { properties }) => {
  const [TopicArn] = list<string>(properties["Topics"]);
  const { Attributes } = await context.call("sns", "GetTopicAttributes", { TopicArn });
  return { PolicyDocument: Attributes.Policy as string };
};

const queue: Reader = async (context, { physicalId }) => {
  const { Attributes } = await context.call("sqs", "GetQueueAttributes", { QueueUrl: physicalId, AttributeNames: ["All"] });
  return named(
    Attributes,
    "DelaySeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedrivePolicy SqsManagedSseEnabled VisibilityTimeout",
  );
};

const queuePolicy: Reader = async (context, { properties }) => {
  const [QueueUrl] = list<string>(properties["Queues"]);
  const { Attributes } = await context.call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["Policy"] });
  return Attributes?.Policy === undefined ? undefined : { PolicyDocument: Attributes.Policy as string };
};

const parameter: Reader = async (context, { physicalId }) => {
  const { Parameter } = await context.call("ssm", "GetParameter", { Name: physicalId });
  return named(Parameter, "Name Type Value");
};

const secret: Reader = async (context, { physicalId }) => {
  const found = await context.call("secretsmanager", "DescribeSecret", { SecretId: physicalId });
  return found.DeletedDate === undefined ? named(found, "Name Description KmsKeyId") : undefined;
};

const stateMachine: Reader = async (context, { physicalId, properties }) => {
  const found = await context.call("states", "DescribeStateMachine", { stateMachineArn: physicalId });
  // With substitutions the text is another than the template's.
  const definition = properties["DefinitionSubstitutions"] === undefined ? { DefinitionString: found.definition as string } : {};
  return { ...named(found, "RoleArn LoggingConfiguration TracingConfiguration"), StateMachineType: found.type as string, ...definition };
};

export const messagingReaders: Record<string, Reader> = {
  "AWS::Events::Rule": rule,
  "AWS::Scheduler::Schedule": schedule,
  "AWS::SNS::Topic": topic,
  "AWS::SNS::Subscription": subscription,
  "AWS::SNS::TopicPolicy": topicPolicy,
  "AWS::SQS::Queue": queue,
  "AWS::SQS::QueuePolicy": queuePolicy,
  "AWS::SSM::Parameter": parameter,
  "AWS::SecretsManager::Secret": secret,
  "AWS::StepFunctions::StateMachine": stateMachine,
};
