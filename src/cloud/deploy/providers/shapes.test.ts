import { readFileSync, writeFileSync } from "node:fs";
import type { NormalizedSchema } from "@smithy/core/schema";
import { expect, test } from "vitest";
import { readServiceSchema } from "../../wire/schema.ts";
import { plainProviders } from "./registry.ts";
import { inputShape, MAPPED_OPERATIONS, type MappedService, type ServiceShapes, type Shape } from "./shapes.ts";

const CLIENTS: Record<MappedService, () => Promise<object>> = {
  apigateway: () => import("@aws-sdk/client-apigatewayv2"),
  "application-autoscaling": () => import("@aws-sdk/client-application-auto-scaling"),
  autoscaling: () => import("@aws-sdk/client-auto-scaling"),
  cloudwatch: () => import("@aws-sdk/client-cloudwatch"),
  ec2: () => import("@aws-sdk/client-ec2"),
  ecr: () => import("@aws-sdk/client-ecr"),
  ecs: () => import("@aws-sdk/client-ecs"),
  elasticfilesystem: () => import("@aws-sdk/client-efs"),
  elasticloadbalancing: () => import("@aws-sdk/client-elastic-load-balancing-v2"),
  events: () => import("@aws-sdk/client-eventbridge"),
  iam: () => import("@aws-sdk/client-iam"),
  lambda: () => import("@aws-sdk/client-lambda"),
  logs: () => import("@aws-sdk/client-cloudwatch-logs"),
  route53: () => import("@aws-sdk/client-route-53"),
  scheduler: () => import("@aws-sdk/client-scheduler"),
  secretsmanager: () => import("@aws-sdk/client-secrets-manager"),
  ssm: () => import("@aws-sdk/client-ssm"),
  states: () => import("@aws-sdk/client-sfn"),
};

function shapeOf(schema: NormalizedSchema, structs: ServiceShapes["structs"]): Shape {
  if (schema.isDocumentSchema()) return "document";
  if (schema.isListSchema()) return { list: shapeOf(schema.getValueSchema(), structs) };
  if (schema.isMapSchema()) return { map: shapeOf(schema.getValueSchema(), structs) };
  if (schema.isStructSchema()) return structOf(schema, structs);
  if (schema.isBlobSchema()) return "blob";
  if (schema.isTimestampSchema()) return "timestamp";
  if (schema.isBooleanSchema()) return "boolean";
  if (schema.isNumericSchema()) return "number";
  if (schema.isStringSchema()) return "string";
  throw new Error(`no shape for ${schema.getName(true)}`);
}

function structOf(schema: NormalizedSchema, structs: ServiceShapes["structs"]): Shape {
  const struct = schema.getName()!;
  if (!structs[struct]) {
    const members: Record<string, Shape> = (structs[struct] = {});
    for (const [name, member] of schema.structIterator()) members[name] = shapeOf(member, structs);
  }
  return { struct };
}

async function shapesOf(service: MappedService): Promise<ServiceShapes> {
  const schema = readServiceSchema(await CLIENTS[service]());
  const shapes: ServiceShapes = { operations: {}, structs: {} };
  for (const operation of MAPPED_OPERATIONS[service]) {
    const input = schema.operations.get(operation)?.input;
    if (!input) throw new Error(`${service} has no operation ${operation}`);
    shapes.operations[operation] = (structOf(input, shapes.structs) as { struct: string }).struct;
  }
  return shapes;
}

test("shapes.json is what the SDK's clients say today (UPDATE_SHAPES=1 writes it anew)", async () => {
  const services = Object.keys(MAPPED_OPERATIONS) as MappedService[];
  const now = Object.fromEntries(
    await Promise.all(services.map(async (service): Promise<[string, ServiceShapes]> => [service, await shapesOf(service)])),
  );
  const path = new URL("./shapes.json", import.meta.url);
  if (process.env["UPDATE_SHAPES"]) writeFileSync(path, `${JSON.stringify(now, undefined, 2)}\n`);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(now);
});

test("every provider's operation belongs to its service", () => {
  for (const { type, schema } of plainProviders) if (schema) expect(inputShape(schema.service, schema.operation), type).toBeDefined();
});
