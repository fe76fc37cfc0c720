import { readServiceSchema, type ServiceSchema } from "../../wire/schema.ts";

/** The SDK clients whose schemas the properties of resource types follow, by this cloud's service names. */
const CLIENTS: Record<string, () => Promise<object>> = {
  autoscaling: () => import("@aws-sdk/client-auto-scaling"),
  cloudwatch: () => import("@aws-sdk/client-cloudwatch"),
  ec2: () => import("@aws-sdk/client-ec2"),
  ecs: () => import("@aws-sdk/client-ecs"),
  elasticfilesystem: () => import("@aws-sdk/client-efs"),
  events: () => import("@aws-sdk/client-eventbridge"),
  iam: () => import("@aws-sdk/client-iam"),
  lambda: () => import("@aws-sdk/client-lambda"),
  logs: () => import("@aws-sdk/client-cloudwatch-logs"),
  route53: () => import("@aws-sdk/client-route-53"),
  sns: () => import("@aws-sdk/client-sns"),
  ssm: () => import("@aws-sdk/client-ssm"),
};

const loaded = new Map<string, Promise<ServiceSchema>>();

/** The operations of a service, loaded once per process. */
export function serviceSchema(service: string): Promise<ServiceSchema> {
  let schema = loaded.get(service);
  if (!schema) {
    const client = CLIENTS[service];
    if (!client) throw new Error(`no SDK client is known for ${service}`);
    loaded.set(service, (schema = client().then(readServiceSchema)));
  }
  return schema;
}
