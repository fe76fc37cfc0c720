import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jsonata from "jsonata";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../config/schema.ts";
import { definition } from "./engines/workflow.ts";
import { everyEngine, testEngine, testEngines, testExisting, testLeaf, testWorker } from "./testing.ts";
import { type Json, onlyOf, propertiesOf, synthesizeTemplates, type Template } from "./testing-templates.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-engines-"));
afterAll(() => rmSync(folder, { recursive: true }));

const synthesize = (name: string, project: Project): Record<string, Template> => synthesizeTemplates(folder, name, project);
const functionOf = (template: Template | undefined, end: string) =>
  propertiesOf(template, "AWS::Lambda::Function").find(({ FunctionName }) => String(FunctionName).endsWith(end));

let all: Record<string, Template>;
beforeAll(() => {
  const ec2 = testEngine("box", { compute: { on: "ec2", instanceType: "t4g.small", architecture: "arm64" } });
  const spot = testEngine("spot", { compute: { on: "fargate-spot", cpu: 512, memory: 1024, architecture: "arm64" }, wake: { event: {} } });
  all = synthesize("all", testEngines([testEngine("auth"), ec2, spot, testWorker("worker"), testExisting("old")]));
});

describe("an application of engines", () => {
  test("has a base, one stack per engine and one for all, and nothing for DNS", () => {
    expect(Object.keys(all).toSorted()).toEqual([
      "Arcade-Auth",
      "Arcade-Base",
      "Arcade-Box",
      "Arcade-Engines",
      "Arcade-Old",
      "Arcade-Spot",
      "Arcade-Worker",
    ]);
  });

  test("may have leaves that a DNS query wakes, too", () => {
    expect(Object.keys(synthesize("both", testEngines([testLeaf("minecraft"), testEngine("auth")])))).toContain("Arcade-Minecraft-StartSystem");
  });

  test("no leaf may be called as the stack of all engines is", () => {
    expect(() => synthesize("taken", testEngines([testEngine("engines")]))).toThrow("its stack would be named");
  });
});

describe("the load balancer", () => {
  test("is there when a leaf has a route, and only then", () => {
    expect(onlyOf(all["Arcade-Base"], "AWS::ElasticLoadBalancingV2::LoadBalancer").Scheme).toBe("internet-facing");
    const without = synthesize("without", testEngines([testWorker("worker"), testExisting("old")]));
    expect(JSON.stringify(without)).not.toContain("ElasticLoadBalancingV2");
  });

  test("answers 404 where no leaf has the route, and drops headers that are none", () => {
    const listener = onlyOf(all["Arcade-Base"], "AWS::ElasticLoadBalancingV2::Listener");
    expect(listener).toMatchObject({
      Port: 80,
      Protocol: "HTTP",
      DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
    });
    expect(onlyOf(all["Arcade-Base"], "AWS::ElasticLoadBalancingV2::LoadBalancer").LoadBalancerAttributes).toContainEqual({
      Key: "routing.http.drop_invalid_header_fields.enabled",
      Value: "true",
    });
  });

  test("serves HTTPS where it has a name, with a certificate and a record of its own, and redirects there", () => {
    const base = synthesize("https", everyEngine())["Arcade-Base"];
    const [http, https] = propertiesOf(base, "AWS::ElasticLoadBalancingV2::Listener");
    expect(http).toMatchObject({ Port: 80, DefaultActions: [{ RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } }] });
    expect(https).toMatchObject({ Port: 443, Certificates: [{ CertificateArn: { Ref: expect.stringContaining("Certificate") } }] });
    expect(onlyOf(base, "AWS::CertificateManager::Certificate").DomainValidationOptions).toEqual([
      { DomainName: "api.example.com", HostedZoneId: "Z1234567890" },
    ]);
    expect(onlyOf(base, "AWS::Route53::RecordSet")).toMatchObject({ Type: "A", Name: "api.example.com." });
    const balancer = propertiesOf(base, "AWS::EC2::SecurityGroup")[0];
    expect(balancer.SecurityGroupIngress.map(({ FromPort, CidrIp, CidrIpv6 }: Record<string, unknown>) => [FromPort, CidrIp ?? CidrIpv6])).toEqual([
      [80, "203.0.113.0/24"],
      [80, "2001:db8::/32"],
      [443, "203.0.113.0/24"],
      [443, "2001:db8::/32"],
    ]);
  });

  test("takes a certificate that is there", () => {
    const certificate = "arn:aws:acm:us-west-2:222222222222:certificate/1";
    const project = everyEngine();
    const loadBalancer = { ...project.base.loadBalancer, certificate };
    const base = synthesize("certificate", { ...project, base: { ...project.base, loadBalancer } })["Arcade-Base"];
    expect(propertiesOf(base, "AWS::CertificateManager::Certificate")).toEqual([]);
    expect(propertiesOf(base, "AWS::ElasticLoadBalancingV2::Listener")[1].Certificates).toEqual([{ CertificateArn: certificate }]);
  });

  test("keeps exporting its listener on port 80 when a name is added, which deployed leaves still import", () => {
    const names = (templates: Record<string, Template>) =>
      Object.values(templates["Arcade-Base"]!.Outputs!).flatMap(({ Export }) => (Export ? [Export.Name] : []));
    const plain = testEngines([testEngine("auth")]);
    const before = names(synthesize("before", plain));
    const named = { ...plain.base, loadBalancer: { idleTimeout: 60, domain: "api.example.com" } };
    expect(names(synthesize("after", { ...plain, base: named }))).toEqual(expect.arrayContaining(before));
    expect(before.filter((name) => name.includes("LoadBalancerHttp"))).toHaveLength(1);
  });
});

describe("an engine that requests wake", () => {
  test("has a rule that leads to the doorman, and knows the service's group, so that its targets are checked", () => {
    const rule = onlyOf(all["Arcade-Auth"], "AWS::ElasticLoadBalancingV2::ListenerRule");
    expect(rule).toMatchObject({
      ListenerArn: { "Fn::ImportValue": expect.stringContaining("LoadBalancerHttp") },
      Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/api/auth/*"] } }],
    });
    expect(rule.Actions[0].ForwardConfig.TargetGroups.map(({ Weight }: { Weight: number }) => Weight)).toEqual([0, 1]);
  });

  test("has a target group as the leaf says", () => {
    const [ip, lambda] = propertiesOf(all["Arcade-Auth"], "AWS::ElasticLoadBalancingV2::TargetGroup");
    expect(ip).toMatchObject({
      TargetType: "ip",
      Port: 8080,
      HealthCheckPath: "/health",
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
      Matcher: { HttpCode: "200-399" },
      TargetGroupAttributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "30" }],
    });
    expect(lambda).toMatchObject({ TargetType: "lambda", TargetGroupAttributes: [{ Key: "lambda.multi_value_headers.enabled", Value: "true" }] });
    for (const { Name } of [ip, lambda]) expect(Name).toMatch(/^arcade-auth-[0-9a-f]{8}$/);
  });

  test("lets the load balancer's group reach its one port, and nobody else anything", () => {
    const rules = propertiesOf(all["Arcade-Auth"], "AWS::EC2::SecurityGroupIngress");
    expect(rules).toEqual([
      expect.objectContaining({
        FromPort: 8080,
        ToPort: 8080,
        SourceSecurityGroupId: { "Fn::ImportValue": expect.stringContaining("LoadBalancerSecurityGroup") },
      }),
    ]);
    expect(JSON.stringify(propertiesOf(all["Arcade-Auth"], "AWS::EC2::SecurityGroup"))).not.toContain("SecurityGroupIngress");
  });

  test("has functions with the time that they need", () => {
    expect(functionOf(all["Arcade-Auth"], "-doorman").Timeout).toBe(65);
    expect(functionOf(all["Arcade-Auth"], "-reconcile-engine").Timeout).toBe(300);
    expect(functionOf(all["Arcade-Engines"], "-start-engines").Timeout).toBe(360);
    expect(functionOf(all["Arcade-Engines"], "-stop-engines").Timeout).toBe(360);
  });
});

describe("an engine", () => {
  /** The parameter's text, with what CloudFormation puts in left out. */
  const engineOf = (template: Template | undefined) => {
    const value = onlyOf(template, "AWS::SSM::Parameter").Value;
    const parts: unknown[] = typeof value === "string" ? [value] : value["Fn::Join"][1];
    return parts.map((part) => (typeof part === "string" ? part : "…")).join("");
  };

  test("is no service: nothing in a template starts a task", () => {
    expect(JSON.stringify(all)).not.toContain("AWS::ECS::Service");
  });

  test("is described in a parameter, from which the start function knows it", () => {
    expect(onlyOf(all["Arcade-Auth"], "AWS::SSM::Parameter").Name).toBe("/rouse/arcade/prod/engines/auth");
    expect(engineOf(all["Arcade-Auth"])).toContain('"network":"awsvpc","capacity":{"launchType":"FARGATE"},"publicIp":true');
    expect(engineOf(all["Arcade-Spot"])).toContain("FARGATE_SPOT");
    expect(engineOf(all["Arcade-Box"])).toContain('"network":"bridge"');
    expect(JSON.parse(onlyOf(all["Arcade-Old"], "AWS::SSM::Parameter").Value)).toMatchObject({
      cluster: "old-cluster",
      container: "api",
      port: 8080,
    });
  });

  test("has roles below a path of its own, so that a start may pass these and no others", () => {
    const paths = propertiesOf(all["Arcade-Auth"], "AWS::IAM::Role").flatMap(({ Path }) => Path ?? []);
    expect(paths).toEqual(["/rouse/arcade/prod/auth/", "/rouse/arcade/prod/auth/"]);
    const pass = statementsOf(all["Arcade-Auth"], "doorman").find(({ Sid }) => Sid === "PassTaskRoles");
    expect(JSON.stringify(pass)).toContain(":role/rouse/arcade/prod/auth/*");
    expect(pass?.["Condition"]).toEqual({ StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } });
  });

  test("on an instance has a group of at most one, scaled by ECS, and ports that ECS chooses", () => {
    const group = onlyOf(all["Arcade-Box"], "AWS::AutoScaling::AutoScalingGroup");
    expect(group).toMatchObject({ MinSize: "0", MaxSize: "1" });
    expect(group).not.toHaveProperty("DesiredCapacity");
    expect(onlyOf(all["Arcade-Box"], "AWS::ECS::CapacityProvider").AutoScalingGroupProvider.ManagedScaling).toMatchObject({
      Status: "ENABLED",
      TargetCapacity: 100,
    });
    expect(onlyOf(all["Arcade-Box"], "AWS::ECS::TaskDefinition")).toMatchObject({
      NetworkMode: "bridge",
      ContainerDefinitions: [{ PortMappings: [{ ContainerPort: 8080, HostPort: 0 }] }],
    });
    expect(propertiesOf(all["Arcade-Box"], "AWS::EC2::SecurityGroupIngress")[0]).toMatchObject({ FromPort: 32_768, ToPort: 60_999 });
  });

  test("that only events wake has no doorman, and its rule leads to it always", () => {
    expect(functionOf(all["Arcade-Spot"], "-doorman")).toBeUndefined();
    const [action] = onlyOf(all["Arcade-Spot"], "AWS::ElasticLoadBalancingV2::ListenerRule").Actions;
    expect(action).toEqual({ Type: "forward", TargetGroupArn: { Ref: expect.stringContaining("Targets") } });
    expect(functionOf(all["Arcade-Spot"], "-reconcile-engine").Environment.Variables).toMatchObject({
      ROUSE_RULE: "",
      ROUSE_DOORMAN: "",
      ROUSE_IDLE: "1800",
    });
  });

  test("without a route has nothing of a load balancer", () => {
    expect(JSON.stringify(all["Arcade-Worker"])).not.toMatch(/elasticloadbalancing|ElasticLoadBalancing|cloudwatch:GetMetricData/);
    expect(propertiesOf(all["Arcade-Worker"], "AWS::EC2::SecurityGroupIngress")).toEqual([]);
    expect(functionOf(all["Arcade-Worker"], "-reconcile-engine").Environment.Variables.ROUSE_IDLE).toBe("0");
  });

  test("that is there already gets none of its parts, and the functions may do what they do to those parts only", () => {
    const old = all["Arcade-Old"];
    expect(JSON.stringify(old)).not.toMatch(/AWS::ECS::|ElasticLoadBalancingV2|AWS::EC2/);
    const statements = statementsOf(old, "reconcile-engine");
    expect(statements.find(({ Sid }) => Sid === "Targets")?.["Resource"]).toBe(
      "arn:aws:elasticloadbalancing:us-west-2:222222222222:targetgroup/old/0123456789abcdef",
    );
    expect(JSON.stringify(statements.find(({ Sid }) => Sid === "StopTasks")?.["Resource"])).toContain(":task/old-cluster/*");
    const only = synthesize("old", testEngines([testExisting("old", { taskDefinition: "old-api:7", roles: [] })]));
    expect(JSON.stringify(only)).not.toContain("ecs-tasks.amazonaws.com");
    expect(JSON.stringify(statementsOf(only["Arcade-Engines"], "start-engines").find(({ Sid }) => Sid === "Start"))).toContain(
      ":task-definition/old-api:7",
    );
  });

  test("is looked at when one of its tasks changes, and every hour", () => {
    const rules = propertiesOf(all["Arcade-Auth"], "AWS::Events::Rule");
    expect(rules.map(({ EventPattern, ScheduleExpression }) => EventPattern?.detail.group ?? ScheduleExpression)).toEqual([
      ["family:arcade-auth"],
      "rate(1 hour)",
    ]);
    expect(propertiesOf(all["Arcade-Old"], "AWS::Events::Rule")[0].EventPattern.detail.group).toEqual(["family:old-api"]);
  });

  test("has one schedule group, and a role that Scheduler may use for this account and this function", () => {
    expect(onlyOf(all["Arcade-Auth"], "AWS::Scheduler::ScheduleGroup").Name).toBe("arcade-auth");
    const role = propertiesOf(all["Arcade-Auth"], "AWS::IAM::Role").find(({ AssumeRolePolicyDocument }) =>
      JSON.stringify(AssumeRolePolicyDocument).includes("scheduler."),
    );
    expect(role.AssumeRolePolicyDocument.Statement[0].Condition).toEqual({ StringEquals: { "aws:SourceAccount": "222222222222" } });
    expect(JSON.stringify(role.Policies)).toContain(":function:arcade-auth-reconcile-engine");
  });
});

/** The statements of a function's role, by the end of the function's name. */
function statementsOf(template: Template | undefined, end: string) {
  const role = functionOf(template, `-${end}`).Role["Fn::GetAtt"][0] as string;
  return template!.Resources[role]!.Properties.Policies[0].PolicyDocument.Statement as Record<string, Json>[];
}

describe("the start and stop functions", () => {
  test("import nothing of the leaves", () => {
    const imports = JSON.stringify(all["Arcade-Engines"]).match(/"Fn::ImportValue":"[^"]*"/g) ?? [];
    for (const each of imports) expect(each).toContain("Arcade-Base");
  });

  test("hear the two events", () => {
    expect(propertiesOf(all["Arcade-Engines"], "AWS::Events::Rule").map(({ EventPattern }) => EventPattern)).toEqual([
      { source: ["custom.app"], "detail-type": ["Start ECS Task"] },
      { source: ["custom.app"], "detail-type": ["Stop ECS Tasks"] },
    ]);
  });

  test("may start tasks of the engines in their clusters, and stop none", () => {
    const start = statementsOf(all["Arcade-Engines"], "start-engines");
    const run = start.find(({ Sid }) => Sid === "Start")!;
    expect(run["Resource"]).toHaveLength(5);
    expect(run["Condition"].ArnEquals["ecs:cluster"]).toHaveLength(5);
    expect(JSON.stringify(all["Arcade-Engines"])).not.toMatch(/ecs:StopTask|DeregisterTargets|ModifyRule/);
    const stop = JSON.stringify(statementsOf(all["Arcade-Engines"], "stop-engines"));
    expect(stop).not.toMatch(/RunTask|PassRole|RegisterTargets/);
  });

  test("keep within IAM's limits with fifty engines of long names", () => {
    const leaves = Array.from({ length: 50 }, (_, index) => testEngine(`an-engine-with-a-rather-long-name-${index}`));
    const template = synthesize("fifty", testEngines(leaves))["Arcade-Engines"]!;
    const size = (document: unknown) =>
      JSON.stringify(document).replaceAll(
        /\{"Fn::Join":\["",\[(.*?)\]\]\}/g,
        (_, parts: string) => `"${parts.replaceAll(/"|,(?=["{])/g, "").replaceAll("{Ref:AWS::Partition}", "aws-us-gov")}"`,
      ).length;
    for (const role of propertiesOf(template, "AWS::IAM::Role")) {
      expect(
        role.Policies.reduce((sum: number, { PolicyDocument }: { PolicyDocument: unknown }) => sum + size(PolicyDocument), 0),
      ).toBeLessThanOrEqual(10_240);
    }
    const managed = propertiesOf(template, "AWS::IAM::ManagedPolicy");
    for (const { PolicyDocument } of managed) expect(size(PolicyDocument)).toBeLessThanOrEqual(6144);
    const starts = [...propertiesOf(template, "AWS::IAM::Role"), ...managed]
      .flatMap((each) => each.PolicyDocument?.Statement ?? each.Policies[0].PolicyDocument.Statement)
      .filter(({ Sid }: { Sid: string }) => Sid === "Start");
    expect(starts.flatMap(({ Resource }: { Resource: unknown }) => Resource)).toHaveLength(50);
    expect(managed.length).toBeLessThanOrEqual(20);
  });
});

describe("what else starts and stops engines", () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize("every", everyEngine())["Arcade-Engines"]!;
  });

  test("is not there unless it is asked for", () => {
    expect(JSON.stringify(all["Arcade-Engines"])).not.toMatch(/ApiGatewayV2|StepFunctions|Scheduler/);
  });

  test("is an API for callers with IAM credentials only", () => {
    const routes = propertiesOf(template, "AWS::ApiGatewayV2::Route");
    expect(routes.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType])).toEqual([
      ["POST /start", "AWS_IAM"],
      ["POST /stop", "AWS_IAM"],
    ]);
  });

  test("is a schedule in its time zone", () => {
    expect(
      propertiesOf(template, "AWS::Scheduler::Schedule").map(({ Name, ScheduleExpression, ScheduleExpressionTimezone, Target }) => [
        Name,
        ScheduleExpression,
        ScheduleExpressionTimezone,
        JSON.parse(Target.Input),
      ]),
    ).toEqual([
      ["office-start", "cron(0 7 ? * MON-FRI *)", "Europe/Berlin", { services: ["auth", "box"], source: "schedule", who: "office" }],
      ["office-stop", "cron(0 19 ? * MON-FRI *)", "Europe/Berlin", { services: ["auth", "box"], source: "schedule", who: "office" }],
    ]);
  });

  test("is a state machine that reports what has started and what has not", async () => {
    expect(onlyOf(template, "AWS::StepFunctions::StateMachine")).toMatchObject({ StateMachineName: "arcade-morning", StateMachineType: "STANDARD" });
    const { States } = definition("morning", { start: ["auth", "pdf"], waitForHealthy: true, timeout: 900 }, "fn", "topic") as {
      States: Record<string, Json>;
    };
    const one = States["StartAll"].ItemProcessor.States.Start.Output;
    const results = await Promise.all([
      evaluate(one, { input: "auth", result: { Payload: { statusCode: 200, body: { taskArn: "t" } } } }),
      evaluate(one, { input: "pdf", result: { Payload: { statusCode: 500, body: { error: "no capacity" } } } }),
    ]);
    const report = await evaluate(States["StartAll"].Output, { result: results });
    expect(report).toEqual({ workflow: "morning", started: ["auth"], failed: [{ service: "pdf", error: "no capacity" }] });
    expect(await evaluate(States["AllStarted"].Choices[0].Condition, { input: report })).toBe(false);
    expect(await evaluate(States["Tell"].Arguments.Message, { input: report })).toBe("Started: auth. Failed: pdf (no capacity).");
    const good = await evaluate(States["StartAll"].Output, { result: [results[0]] });
    expect(good).toEqual({ workflow: "morning", started: ["auth"], failed: [] });
    expect(await evaluate(States["AllStarted"].Choices[0].Condition, { input: good })).toBe(true);
  });
});

/** Evaluates `{% … %}` in a value as Step Functions does, with `$states`. */
async function evaluate(value: unknown, states: object): Promise<Json> {
  if (typeof value === "string") {
    const expression = /^\{%(.*)%\}$/s.exec(value)?.[1];
    // Plain data again: JSONata's own lists carry a mark.
    return expression === undefined ? value : JSON.parse(JSON.stringify(await jsonata(expression).evaluate({}, { states })));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = await Promise.all(Object.entries(value).map(async ([key, each]) => [key, await evaluate(each, states)] as const));
  return Object.fromEntries(entries);
}
