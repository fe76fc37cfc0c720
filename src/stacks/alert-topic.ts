import { aws_sns as sns } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** A topic for people: publishers must use TLS, and be roles of this account that may publish. No alarm writes to it: functions do. */
export function alertTopic(scope: Construct, id: string, displayName: string): sns.Topic {
  return new sns.Topic(scope, id, { displayName, enforceSSL: true });
}
