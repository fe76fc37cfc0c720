import { CreateClusterCommand, CreateServiceCommand, ECSClient, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateApplicationCommand, ServiceCatalogAppRegistryClient } from "@aws-sdk/client-service-catalog-appregistry";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AwsCli, awsCli, awsCliVersion } from "./support/aws-cli.ts";
import type { Deployed } from "./support/deployed.ts";
import { ask, AUTH, ENGINE_BASE, enginesWorld, targetGroupOf } from "./support/engines.ts";

if (!awsCliVersion) process.stderr.write("test/aws-cli-engines.test.ts: skipped, because there is no `aws` command on this machine\n");

const LIMIT_MS = 60_000;

const BASE = `${ENGINE_BASE}
loadBalancer: { domain: api.example.com }
domain: { name: example.com, hostedZoneId: Z1234567890 }
engines:
  api: true
  workflows: { both: { start: [auth] } }
  schedules: { office: { start: cron(0 7 ? * MON-FRI *), stop: cron(0 19 ? * MON-FRI *), timezone: Europe/Berlin, services: [auth] } }
`;

const one = (members: object): unknown => expect.arrayContaining([expect.objectContaining(members)]);

/** Services that the engines' stacks use, seen by a client that nobody here has written. `{group}` is auth's target group. */
const ROWS: [line: string, holds: object][] = [
  ["elbv2 describe-load-balancers", { LoadBalancers: one({ Scheme: "internet-facing", Type: "application", State: { Code: "active" } }) }],
  ["elbv2 describe-target-groups --target-group-arns {group}", { TargetGroups: one({ TargetType: "ip", Port: 8080, HealthCheckPath: "/health" }) }],
  ["elbv2 describe-target-health --target-group-arn {group}", { TargetHealthDescriptions: one({ TargetHealth: { State: "healthy" } }) }],
  ["ecs list-task-definitions --family-prefix arcade-auth", { taskDefinitionArns: [expect.stringContaining("arcade-auth:1")] }],
  ["ec2 describe-network-interfaces --filters Name=interface-type,Values=interface", { NetworkInterfaces: one({ Status: "in-use" }) }],
  ["apigatewayv2 get-apis", { Items: one({ Name: "arcade-engines", ProtocolType: "HTTP" }) }],
  ["stepfunctions list-state-machines", { stateMachines: one({ name: "arcade-both", type: "STANDARD" }) }],
  ["scheduler list-schedule-groups", { ScheduleGroups: one({ Name: "arcade-auth", State: "ACTIVE" }) }],
  ["scheduler list-schedules", { Schedules: one({ State: "ENABLED" }) }],
  ["acm list-certificates", { CertificateSummaryList: one({ DomainName: "api.example.com", Status: "ISSUED" }) }],
  ["secretsmanager get-secret-value --secret-id seen/db --version-stage AWSPREVIOUS", { SecretString: "one", VersionStages: ["AWSPREVIOUS"] }],
  ["secretsmanager list-secrets --filters Key=name,Values=seen/", { SecretList: [expect.objectContaining({ Name: "seen/db" })] }],
  [
    "servicecatalog-appregistry get-application --application seen",
    { name: "seen", applicationTag: { awsApplication: expect.stringMatching(/^arn:aws:resource-groups:us-west-2:\d{12}:group\/seen\/\w{26}$/) } },
  ],
  ["ssm get-parameter --name /rouse/arcade/local/engines/auth", { Parameter: expect.objectContaining({ Type: "String" }) }],
];

/** A service for Application Auto Scaling. */
const SCALED = "--service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id service/scaled/orders";

const ERRORS: [line: string, code: string][] = [
  ["elbv2 describe-target-health --target-group-arn {group}0", "TargetGroupNotFound"],
  ["elbv2 describe-load-balancers --names nope", "LoadBalancerNotFound"],
  ["apigatewayv2 get-api --api-id nope", "NotFoundException"],
  ["stepfunctions describe-execution --execution-arn arn:aws:states:us-west-2:000000000000:execution:nope:nope", "ExecutionDoesNotExist"],
  ["scheduler get-schedule --name nope", "ResourceNotFoundException"],
  ["secretsmanager get-secret-value --secret-id nope", "ResourceNotFoundException"],
  ["servicecatalog-appregistry create-application --name seen", "ConflictException"],
  ["application-autoscaling deregister-scalable-target {scaled}x", "ObjectNotFoundException"],
  ["application-autoscaling register-scalable-target {scaled}x --min-capacity 1 --max-capacity 2", "ValidationException"],
  // Version 1 of the CLI has an address of its own for SQS, whatever AWS_ENDPOINT_URL says.
  ["sqs get-queue-url --queue-name nope --endpoint-url {url}", "AWS.SimpleQueueService.NonExistentQueue"],
];

describe.skipIf(!awsCliVersion)("the unmodified AWS CLI, with engines", () => {
  let world: Deployed;
  let aws: AwsCli;
  let group: string;

  beforeAll(async () => {
    world = await enginesWorld({ auth: AUTH }, { "rouse.yaml": BASE });
    const [listener] = world.cloud.loadBalancers()[0]!.listeners.filter(({ protocol }) => protocol === "HTTP");
    expect((await ask(world, "/api/auth/", { redirect: "manual" })).headers.get("location")).toMatch(/^https:/);
    expect(listener!.port).toBe(80);
    group = await targetGroupOf(world, "auth");
    aws = awsCli(world.cloud.url);
    const put = await aws([
      "events",
      "put-events",
      "--entries",
      JSON.stringify([{ Source: "custom.app", DetailType: "Start ECS Task", Detail: '{"service":"auth"}' }]),
    ]);
    expect(JSON.parse(put.stdout)).toMatchObject({ FailedEntryCount: 0 });
    await world.until("auth", "awake");
    const secrets = world.cloud.client(SecretsManagerClient);
    await secrets.send(new CreateSecretCommand({ Name: "seen/db", SecretString: "one" }));
    await secrets.send(new PutSecretValueCommand({ SecretId: "seen/db", SecretString: "two" }));
    await world.cloud.client(ServiceCatalogAppRegistryClient).send(new CreateApplicationCommand({ name: "seen" }));
  }, 120_000);
  afterAll(() => world?.end());

  const call = (line: string, ...more: string[]) =>
    aws([...line.replace("{scaled}", SCALED).split(" "), ...more].map((word) => word.replace("{group}", group).replace("{url}", world.cloud.url)));

  describe.concurrent("reads", () => {
    test.each(ROWS)(
      "aws %s",
      async (line, holds) => {
        const { stdout, stderr } = await call(`${line} --output json`);
        expect(stderr).toBe("");
        expect(JSON.parse(stdout)).toMatchObject(holds);
      },
      LIMIT_MS,
    );
  });

  describe.concurrent("is refused with AWS's own code", () => {
    test.each(ERRORS)(
      "aws %s: %s",
      async (line, code) => {
        const answer = await call(line);
        expect(answer.code).not.toBe(0);
        expect(answer.stderr).toContain(`(${code})`);
      },
      LIMIT_MS,
    );
  });

  test(
    "scales a service: a target, a policy with its alarms, what it has done",
    async () => {
      const ecs = world.cloud.client(ECSClient);
      await ecs.send(new CreateClusterCommand({ clusterName: "scaled" }));
      const containerDefinitions = [{ name: "orders", image: "orders", memory: 64 }];
      await ecs.send(new RegisterTaskDefinitionCommand({ family: "orders", containerDefinitions }));
      await ecs.send(new CreateServiceCommand({ cluster: "scaled", serviceName: "orders", taskDefinition: "orders", desiredCount: 0 }));
      const done = async (line: string, ...more: string[]): Promise<unknown> => {
        const { stdout, stderr } = await call(`application-autoscaling ${line} --output json`, ...more);
        expect(stderr).toBe("");
        return JSON.parse(stdout || "{}");
      };
      await done("register-scalable-target {scaled} --min-capacity 1 --max-capacity 4");
      const put = "put-scaling-policy {scaled} --policy-name cpu --policy-type TargetTrackingScaling";
      const predefined = { PredefinedMetricType: "ECSServiceAverageCPUUtilization" };
      const made = await done(
        put,
        "--target-tracking-scaling-policy-configuration",
        JSON.stringify({ TargetValue: 75, PredefinedMetricSpecification: predefined }),
      );
      expect(made).toMatchObject({
        Alarms: [expect.objectContaining({ AlarmName: expect.stringContaining("orders-AlarmHigh-") }), expect.anything()],
      });
      const [targets, activities] = await Promise.all([
        done("describe-scalable-targets --service-namespace ecs"),
        done("describe-scaling-activities --service-namespace ecs"),
      ]);
      expect(targets).toMatchObject({ ScalableTargets: one({ ResourceId: "service/scaled/orders", MinCapacity: 1, MaxCapacity: 4 }) });
      expect(activities).toMatchObject({
        ScalingActivities: one({ Description: "Setting desired count to 1.", Cause: "minimum capacity was set to 1" }),
      });
    },
    LIMIT_MS,
  );
});
