import { createRequire } from "node:module";
import { GetParameterCommand, ListTagsForResourceCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
beforeAll(async () => void (cloud = await withCloud()));
afterAll(() => cloud.end());

type Handler = (event: object) => Promise<{ Data?: Record<string, string> } | undefined>;

test("the CDK's own functions for references between regions work unmodified", async () => {
  vi.stubEnv("AWS_ENDPOINT_URL", cloud.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  const load = createRequire(import.meta.url);
  const handlerOf = (name: string): Handler =>
    (load(`../../../../node_modules/aws-cdk-lib/core/lib/dist/core/cross-region-ssm-${name}-handler/index.js`) as { handler: Handler }).handler;
  const [write, read] = [handlerOf("writer"), handlerOf("reader")];
  const name = "/cdk/exports/Leaf/Domain-us-east-1-HostedZone";
  const writer = { region: "us-west-2", exports: { [name]: "Z123" } };
  const reader = { region: "us-west-2", prefix: "Leaf", imports: { [name]: "{{resolve:ssm:x}}" } };
  const client = cloud.client(SSMClient);
  const tagged = async (): Promise<unknown> =>
    (await client.send(new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: name }))).TagList;

  await write({ RequestType: "Create", ResourceProperties: { WriterProps: writer } });
  await read({ RequestType: "Create", ResourceProperties: { ReaderProps: reader } });
  expect((await client.send(new GetParameterCommand({ Name: name }))).Parameter?.Value).toBe("Z123");
  expect(await tagged()).toEqual([{ Key: "aws-cdk:strong-ref:Leaf", Value: "true" }]);

  await read({ RequestType: "Delete", ResourceProperties: { ReaderProps: reader } });
  expect(await tagged()).toEqual([]);
  await write({ RequestType: "Delete", ResourceProperties: { WriterProps: writer } });
  await expect(client.send(new GetParameterCommand({ Name: name }))).rejects.toMatchObject({ name: "ParameterNotFound" });
  // The writer may have gone first: nothing to release is no error.
  await read({ RequestType: "Delete", ResourceProperties: { ReaderProps: reader } });
  vi.unstubAllEnvs();
});

test("the image that a launch template asks for is the same each time, and one that EC2 has", async () => {
  const Name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id";
  const first = await cloud.client(SSMClient).send(new GetParameterCommand({ Name }));
  const second = await cloud.client(SSMClient).send(new GetParameterCommand({ Name }));
  expect(first.Parameter).toMatchObject({ Value: expect.stringMatching(/^ami-[0-9a-f]{17}$/) as string, DataType: "aws:ec2:image" });
  expect(second.Parameter?.Value).toBe(first.Parameter?.Value);
});
