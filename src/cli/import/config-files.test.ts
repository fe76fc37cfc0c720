import { afterAll, describe, expect, test } from "vitest";
import { folders, imported, loaded, read, yaml } from "./testing.ts";

afterAll(() => folders.remove());

const GLOBAL = `# Used to identify the application
export APP_IDENT_WITHOUT_ENV=My_Project
export APP_IDENT="\${APP_IDENT_WITHOUT_ENV}-\${ENVIRONMENT}"
export TERRAFORM_STATE_BUCKET=mycompany-terraform-state
export AWS_DEFAULT_REGION=us-west-2
export AWS_ROLE_ARN=arn:aws:iam::111111111111:role/pipelines-cd-abc123
export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token
export APP_CPU=256  # cpu
export APP_MEMORY=512  # memory in MB
export LAUNCH_TYPE='FARGATE_SPOT'
export CPU_ARCHITECTURE=ARM64
docker run --rm -v $(pwd):/workdir alpine sh -c \\
  "find . -type f && \\
   KEY=value"
`;
const STAGING =
  "export VPC_NAME=Dev\nexport API_ROOT_DOMAIN=example.com\nexport API_DOMAIN=api-staging.example.com\nexport MIN_COUNT=1\nexport MAX_COUNT=2\n";
const PROD =
  "API_ROOT_DOMAIN=example.com\nAPI_DOMAIN=api.$API_ROOT_DOMAIN\nMIN_COUNT=2\nMAX_COUNT=10\nAWS_ROLE_ARN=arn:aws:iam::222222222222:role/x\n";
const apps = (trigger: string, more = ""): Record<string, string> => ({
  "config.global": `${GLOBAL}${trigger}\n${more}`,
  "config.staging": STAGING,
  "config.prod": PROD,
  Dockerfile: "FROM scratch\n",
});

describe("a config.global with config.<environment>", () => {
  test("of an API service: overlays say what differs", async () => {
    const { code, stderr, stdout, out } = await imported(apps("export trigger_type=ecs_api_service"), "--hosted-zone-id", "Z1234567890");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [local, staging, prod] = await Promise.all(["local", "staging", "prod"].map((environment) => loaded(out, environment)));
    expect(local!.base).toMatchObject({ name: "my-project", region: "us-west-2", vpc: { maxAzs: 2 } });
    expect(staging!.base).toMatchObject({
      name: "my-project-staging",
      vpc: { name: "Dev" },
      domain: { name: "example.com", hostedZoneId: "Z1234567890" },
    });
    expect(prod!.base).toMatchObject({ name: "my-project-prod", vpc: { default: true } });
    expect([staging!.environment, prod!.environment]).toMatchObject([{ account: "111111111111" }, { account: "222222222222" }]);
    const HEALTH = { path: "/healthcheck", interval: 10, timeout: 5, retries: 2, passes: 2, matcher: "200" };
    const service = {
      compute: { on: "fargate-spot", cpu: 256, memory: 512, architecture: "arm64" },
      ports: [{ port: 8080, protocol: "tcp" }],
    };
    expect(staging!.leaves).toMatchObject([
      {
        ...service,
        name: "app",
        scale: { min: 1, max: 2, cpu: 75 },
        route: { domain: "api-staging.example.com", visibility: "public", check: HEALTH },
      },
    ]);
    expect(prod!.leaves).toMatchObject([{ ...service, scale: { min: 2, max: 10, cpu: 75 }, route: { domain: "api.example.com", check: HEALTH } }]);
    expect(yaml(out, "leaves/app.yaml")).toMatchObject({ wake: "always", build: "../..", visibility: "public", drain: "30s" });
    expect(yaml(out, "leaves/app.prod.yaml")).toEqual({ domain: "api.example.com", scale: { min: 2, max: 10 } });
    for (const line of [
      "config.global:2 APP_IDENT_WITHOUT_ENV: My_Project is written my-project",
      "config.global:4 TERRAFORM_STATE_BUCKET: ",
      "config.global:7 AWS_WEB_IDENTITY_TOKEN_FILE: ",
      "config.global:12 (a command): commands are not run: docker run",
    ])
      expect(stdout).toContain(line);
    expect(stdout).not.toContain("config.global:14");
  });

  test("of an internal one, and of a background service, which has no port and no goal", async () => {
    const internal = await imported(apps("TRIGGER_TYPE=ecs_internal_api_service"), "--hosted-zone-id", "Z1");
    expect(yaml(internal.out, "leaves/app.yaml")).toMatchObject({ visibility: "internal" });
    const worker = await imported(apps("TRIGGER_TYPE=ecs_background_service"));
    expect(worker.stderr).toBe("");
    expect(yaml(worker.out, "leaves/app.yaml")).toMatchObject({ wake: "always", scale: { min: 1 } });
    expect(read(worker.out, "leaves/app.yaml")).not.toMatch(/ports|max|cpu: 75/);
    expect(worker.stdout).toContain("MAX_COUNT: a background service was not scaled");
  });

  test("of a scheduled task, which is what holds where no trigger is given: on in prod alone", async () => {
    const { out, stderr } = await imported(apps(""));
    expect(stderr).toBe("");
    expect(yaml(out, "leaves/app.yaml")).toMatchObject({ wake: { schedule: "cron(0 * * * ? *)", enabled: { staging: false, prod: true } } });
    for (const environment of ["local", "staging", "prod"]) await loaded(out, environment);
    const own = await imported(apps("", 'SCHEDULE="0 6 * * ? *"\n'));
    expect(own.stdout).toContain("0 6 * * ? * → wake.schedule: cron(0 6 * * ? *)");
    expect(yaml(own.out, "leaves/app.yaml")).toMatchObject({ wake: { schedule: "cron(0 6 * * ? *)" } });
  });

  test("of two kinds, by environment", async () => {
    const files = apps("");
    const { out, stderr } = await imported({
      ...files,
      "config.staging": `${STAGING}TRIGGER_TYPE=ecs_background_service\n`,
      "config.prod": `${PROD}TRIGGER_TYPE=ecs_eventbridge\n`,
    });
    expect(stderr).toBe("");
    expect((await loaded(out, "staging")).leaves).toMatchObject([{ kind: "service" }]);
    expect((await loaded(out, "prod")).leaves).toMatchObject([{ kind: "task" }]);
  });

  test("whose values nobody knows, or that mean nothing, is listed", async () => {
    const { stdout, code } = await imported(
      apps("TRIGGER_TYPE=ecs_eventbridge", "APP_CPU=$(nproc)\nAPP_MEMROY=1\nLAUNCH_TYPE=EC2\nGREETING=hello\n"),
    );
    expect(code).toBe(0);
    for (const line of [
      "APP_CPU: its value is made by a command",
      "APP_MEMROY: it is no key of config.global\n      instead: was APP_MEMORY meant?",
      "LAUNCH_TYPE: the instances of the cluster",
      "GREETING: it is no key",
      "API_DOMAIN: nothing reaches it",
      "MIN_COUNT: a scheduled task runs once",
    ])
      expect(stdout).toContain(line);
  });

  test("the zone's ID that Terraform looked up is a variable, unless it is given", async () => {
    const { out, stdout } = await imported(apps("TRIGGER_TYPE=ecs_api_service"));
    expect(stdout).toContain("  HOSTED_ZONE_ID\n");
    expect((await loaded(out, "prod", { HOSTED_ZONE_ID: "Z77" })).base.domain).toMatchObject({ hostedZoneId: "Z77" });
    // The embedded cloud has no zone of theirs, and needs no variable.
    await loaded(out, "local");
  });
});
