import { aws_iam as iam, aws_sns as sns, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** A topic for people: publishers must use TLS, and besides the account's own roles only its alarms may publish. */
export function alertTopic(scope: Construct, id: string, displayName: string): sns.Topic {
  const topic = new sns.Topic(scope, id, { displayName, enforceSSL: true });
  // A topic policy of one's own takes the place of the default one, so the alarms must be let in by name.
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: "AlarmsOfThisAccount",
      principals: [new iam.ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
    }),
  );
  return topic;
}
