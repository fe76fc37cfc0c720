import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { afterAll, describe, expect, test } from "vitest";
import { SHORT_SIDS } from "../config/access-rules.ts";
import type { OwnEngine, Project } from "../config/schema.ts";
import { buildApp } from "./app.ts";
import { permissionStatements } from "./leaf/permissions.ts";
import { functionsDir, testEngine, testEngines, testOwnZone } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-shared-"));
afterAll(() => rmSync(folder, { recursive: true }));

// Templates are JSON; the assertions below are what checks their shape.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;
type Resources = Record<string, { readonly Type: string; readonly Properties: Json; readonly UpdateReplacePolicy?: string }>;

const read = (outdir: string, file: string): Json => JSON.parse(readFileSync(join(outdir, file), "utf8"));

function synthesize(name: string, project: Project): { outdir: string; stack: (name: string) => Resources } {
  const outdir = join(folder, name);
  buildApp(project, { outdir, functionsDir: functionsDir(folder) }).synth();
  return { outdir, stack: (id) => (read(outdir, `${id}.template.json`) as { Resources: Resources }).Resources };
}

const of = (resources: Resources, type: string): Json[] =>
  Object.values(resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);

/** The statements of the task role and of the execution role of the one leaf. */
function statements(leaf: Partial<OwnEngine>, name: string): { Sid?: string; Action: string | string[]; Resource: Json; Effect: string }[] {
  const { stack } = synthesize(name, testEngines([testEngine("auth", leaf)]));
  return of(stack("Arcade-Auth"), "AWS::IAM::Policy").flatMap(({ PolicyDocument }) => PolicyDocument.Statement as Json[]);
}

/** An ARN as it would be, with the names of pseudo parameters. */
const text = (value: Json): string =>
  typeof value === "string"
    ? value
    : (value as { "Fn::Join": [string, Json[]] })["Fn::Join"][1]
        .map((part) => (typeof part === "string" ? part : (part as { Ref: string }).Ref))
        .join("");

describe("permissions of the task role", () => {
  test("short forms become statements about exactly what they name", () => {
    const found = statements(
      {
        permissions: {
          s3: { read: ["in"], write: ["out/reports/*", "arn:aws:s3:::other"] },
          dynamodb: { read: ["orders"], write: ["orders"] },
          sqs: { send: ["jobs"], receive: ["arn:aws:sqs:us-east-1:111111111111:foreign"] },
          sns: { publish: ["news"] },
          events: { put: ["default"] },
          lambda: { invoke: ["resize"] },
          secrets: { read: ["orders/db"] },
          parameters: { read: ["/orders/*"] },
          statements: [{ effect: "Deny", actions: ["s3:DeleteObject"], resources: ["*"], conditions: { Bool: { "aws:SecureTransport": false } } }],
        },
      },
      "permissions",
    );
    const resources = (sid: string) =>
      found.filter(({ Sid }) => Sid === sid).flatMap(({ Resource }) => (Array.isArray(Resource) ? Resource : [Resource]).map(text));
    const here = "AWS::Partition";
    expect(resources("ReadObjects")).toEqual(["arn:AWS::Partition:s3:::in/*"]);
    expect(resources("WriteObjects")).toEqual(["arn:aws:s3:::other/*", "arn:AWS::Partition:s3:::out/reports/*"]);
    expect(resources("ListBuckets")).toEqual(["arn:aws:s3:::other", "arn:AWS::Partition:s3:::in", "arn:AWS::Partition:s3:::out"]);
    expect(resources("ReadTables")).toEqual([
      `arn:${here}:dynamodb:us-west-2:222222222222:table/orders`,
      `arn:${here}:dynamodb:us-west-2:222222222222:table/orders/index/*`,
    ]);
    expect(resources("WriteTables")).toEqual([`arn:${here}:dynamodb:us-west-2:222222222222:table/orders`]);
    expect(resources("SendMessages")).toEqual([`arn:${here}:sqs:us-west-2:222222222222:jobs`]);
    expect(resources("ReceiveMessages")).toEqual(["arn:aws:sqs:us-east-1:111111111111:foreign"]);
    expect(resources("PublishToTopics")).toEqual([`arn:${here}:sns:us-west-2:222222222222:news`]);
    expect(resources("PutEvents")).toEqual([`arn:${here}:events:us-west-2:222222222222:event-bus/default`]);
    expect(resources("InvokeFunctions")).toEqual([`arn:${here}:lambda:us-west-2:222222222222:function:resize`]);
    expect(resources("ReadSecrets")).toEqual([`arn:${here}:secretsmanager:us-west-2:222222222222:secret:orders/db-??????`]);
    expect(resources("ReadParameters")).toEqual([`arn:${here}:ssm:us-west-2:222222222222:parameter/orders/*`]);
    // A statement of one's own may not have one of these names: src/config/access-rules.ts.
    expect(new Set(found.flatMap(({ Sid }) => Sid ?? []))).toEqual(SHORT_SIDS);
    expect(found).toContainEqual({ Effect: "Deny", Action: "s3:DeleteObject", Resource: "*", Condition: { Bool: { "aws:SecureTransport": false } } });
  });

  test("the table in docs/access.md is what each short form allows", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/access.md"), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+): \{(\w+)\}` +\|([^|]*)\|/gm)].map(([, service, verb, actions]) => [
      `${service} ${verb}`,
      [...actions!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!).toSorted(),
    ]);
    const stack = new Stack();
    const short = [
      ["s3", "read"],
      ["s3", "write"],
      ["dynamodb", "read"],
      ["dynamodb", "write"],
      ["sqs", "send"],
      ["sqs", "receive"],
      ["sns", "publish"],
      ["events", "put"],
      ["lambda", "invoke"],
      ["secrets", "read"],
      ["parameters", "read"],
    ] as const;
    const allowed = short.map(([service, verb]) => {
      const given = permissionStatements(stack, { statements: [], [service]: { [verb]: ["name"] } });
      return [`${service} ${verb}`, [...new Set(given.flatMap(({ actions }) => actions))].toSorted()];
    });
    expect(rows).toEqual(allowed);
  });

  test("none are given where the leaf says nothing", () => {
    const actions = statements({}, "nothing").flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /^(?:s3|dynamodb|secretsmanager|kms):/.test(action))).toEqual([]);
  });
});

test("secrets are references, and the execution role alone may read them", () => {
  const secrets = {
    PASSWORD: { secret: "orders/db", key: "password", encryptionKey: "arn:aws:kms:us-west-2:222222222222:key/abc" },
    WHOLE: { secret: "arn:aws:secretsmanager:us-west-2:222222222222:secret:other-AbCdEf" },
    KEY: { parameter: "/orders/api-key" },
    FAR: { parameter: "arn:aws:ssm:us-west-2:333333333333:parameter/shared/key" },
  };
  const { stack } = synthesize("secrets", testEngines([testEngine("auth", { secrets })]));
  const resources = stack("Arcade-Auth");
  const [{ ContainerDefinitions, ExecutionRoleArn }] = of(resources, "AWS::ECS::TaskDefinition") as [Json];
  const values = Object.fromEntries((ContainerDefinitions[0].Secrets as Json[]).map(({ Name, ValueFrom }) => [Name as string, text(ValueFrom)]));
  expect(values).toEqual({
    PASSWORD: "arn:AWS::Partition:secretsmanager:us-west-2:222222222222:secret:orders/db:password::",
    WHOLE: "arn:aws:secretsmanager:us-west-2:222222222222:secret:other-AbCdEf",
    KEY: "arn:AWS::Partition:ssm:us-west-2:222222222222:parameter/orders/api-key",
    FAR: "arn:aws:ssm:us-west-2:333333333333:parameter/shared/key",
  });
  const readers = of(resources, "AWS::IAM::Policy").filter(({ PolicyDocument }) =>
    /secretsmanager:GetSecretValue|ssm:GetParameters"|kms:Decrypt/.test(JSON.stringify(PolicyDocument)),
  );
  expect(readers.map(({ Roles }) => Roles)).toEqual([[{ Ref: ExecutionRoleArn["Fn::GetAtt"][0] as string }]]);
  expect(JSON.stringify(readers)).toContain('"Action":"kms:Decrypt","Effect":"Allow","Resource":"arn:aws:kms:us-west-2:222222222222:key/abc"');
});

describe("what rouse.yaml says of all resources", () => {
  const leaves = [testEngine("auth"), testOwnZone("game")];
  const built = (base: Partial<Project["base"]>, name: string) => synthesize(name, testEngines(leaves, base));

  test("tags: the application, the environment, the leaf, one's own, and AppRegistry's in its region", () => {
    const { stack, outdir } = built({ appRegistry: true, tags: { "cost-centre": "42" } }, "tags");
    const [cluster] = of(stack("Arcade-Auth"), "AWS::ECS::Cluster") as [Json];
    expect(cluster.Tags).toEqual([
      { Key: "awsApplication", Value: { "Fn::ImportValue": expect.stringContaining("ApplicationTagValue") as string } },
      { Key: "cost-centre", Value: "42" },
      { Key: "rouse:application", Value: "arcade" },
      { Key: "rouse:environment", Value: "prod" },
      { Key: "rouse:leaf", Value: "auth" },
    ]);
    const [zone] = of(stack("Arcade-Game-Domain"), "AWS::Route53::HostedZone") as [Json];
    expect((zone.HostedZoneTags as Json[]).map(({ Key }) => Key as string)).toEqual([
      "cost-centre",
      "rouse:application",
      "rouse:environment",
      "rouse:leaf",
    ]);
    const [application] = of(stack("Arcade-Base"), "AWS::ServiceCatalogAppRegistry::Application") as [Json];
    expect(application).toEqual({ Name: "arcade-prod", Description: "arcade, environment prod" });
    const manifest = read(outdir, "manifest.json") as { artifacts: Record<string, { properties: { tags?: object } }> };
    expect(manifest.artifacts["Arcade-Auth"]!.properties.tags).toEqual({
      "cost-centre": "42",
      "rouse:application": "arcade",
      "rouse:environment": "prod",
      "rouse:leaf": "auth",
    });
  });

  test("no AppRegistry, other retention, Container Insights", () => {
    const { stack } = built({ appRegistry: false, logs: { retention: 30 }, containerInsights: "enhanced" }, "others");
    expect(JSON.stringify([stack("Arcade-Base"), stack("Arcade-Auth")])).not.toContain("awsApplication");
    const logs = of(stack("Arcade-Auth"), "AWS::Logs::LogGroup").filter(({ LogGroupName }) => LogGroupName === "/rouse/arcade/auth");
    expect(logs.map(({ RetentionInDays }) => RetentionInDays as number)).toEqual([30]);
    expect(of(stack("Arcade-Auth"), "AWS::ECS::Cluster")[0].ClusterSettings).toEqual([{ Name: "containerInsights", Value: "enhanced" }]);
  });
});

test("a leaf that is built has a repository in the base, and its image is pushed there once the base is there", () => {
  const context = join(folder, "image");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
  const { image: _image, ...engine } = testEngine("auth", { build: { context, dockerfile: "Dockerfile", args: { A: "1" } } });
  const { stack, outdir } = synthesize("images", testEngines([engine, testEngine("other")]));
  const [repository, ...others] = of(stack("Arcade-Base"), "AWS::ECR::Repository");
  expect(others).toEqual([]);
  expect(repository).toMatchObject({ RepositoryName: "arcade/auth", ImageTagMutability: "IMMUTABLE", EmptyOnDelete: true });
  const { rules } = JSON.parse(repository.LifecyclePolicy.LifecyclePolicyText as string) as {
    rules: { selection: { countType: string; countNumber: number } }[];
  };
  expect(rules.map(({ selection }) => `${selection.countType} ${selection.countNumber}`)).toEqual(["sinceImagePushed 1", "imageCountMoreThan 10"]);
  const { dockerImages } = read(outdir, "Arcade-Auth.assets.json") as { dockerImages: Record<string, Json> };
  const [[hash, { source, destinations }]] = Object.entries(dockerImages) as [[string, Json]];
  expect(source).toMatchObject({ dockerFile: "Dockerfile", dockerBuildArgs: { A: "1" }, platform: "linux/amd64" });
  expect(Object.values(destinations as object)).toEqual([
    {
      repositoryName: "arcade/auth",
      imageTag: hash,
      region: "us-west-2",
      assumeRoleArn: "arn:${AWS::Partition}:iam::222222222222:role/cdk-hnb659fds-img-arcade-us-west-2",
    },
  ]);
  const { artifacts } = read(outdir, "manifest.json") as { artifacts: Record<string, { dependencies?: string[] }> };
  expect(artifacts["Arcade-Auth.assets"]!.dependencies).toEqual(["Arcade-Base"]);
  const role = of(stack("Arcade-Base"), "AWS::IAM::Role").find(({ RoleName }) => RoleName === "cdk-hnb659fds-img-arcade-us-west-2");
  expect(role).toBeDefined();
});
