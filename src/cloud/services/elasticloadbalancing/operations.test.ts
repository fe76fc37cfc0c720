import { describe, expect, onTestFinished, test } from "vitest";
import { basics, call, CERTIFICATE, createRule, createWorld, forwardTo, path, type World } from "./testing/world.ts";

async function world(options: Parameters<typeof createWorld>[0] = {}): Promise<World> {
  const made = createWorld(options);
  await made.elb.start?.();
  onTestFinished(() => made.elb.stop?.());
  return made;
}

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: { code?: string; name: string }) => error.code ?? error.name,
  );

describe("load balancers", () => {
  const settings = { Name: "shared", Subnets: ["subnet-a", "subnet-b"], SecurityGroups: ["sg-lb"] };

  test("have AWS's names, and are made once", async () => {
    const made = await world();
    const { lb, dnsName } = await basics(made);
    expect(lb).toMatch(/^arn:aws:elasticloadbalancing:us-west-2:000000000000:loadbalancer\/app\/shared\/[0-9a-f]{16}$/);
    expect(dnsName).toMatch(/^shared-\d{10}\.us-west-2\.elb\.amazonaws\.com$/);
    expect(await made.run("CreateLoadBalancer", settings)).toMatchObject({ LoadBalancers: [{ LoadBalancerArn: lb }] });
    expect(await code(made.run("CreateLoadBalancer", { ...settings, Scheme: "internal" }))).toBe("DuplicateLoadBalancerName");
    expect(await made.run("DescribeLoadBalancers", { Names: ["shared"] })).toMatchObject({
      LoadBalancers: [
        {
          CanonicalHostedZoneId: "Z1H1FL5HABSF5",
          Scheme: "internet-facing",
          State: { Code: "active" },
          Type: "application",
          VpcId: "vpc-1",
          AvailabilityZones: [{ ZoneName: "us-west-2a" }, { ZoneName: "us-west-2b" }],
        },
      ],
    });
    const internal = await made.run<{ LoadBalancers: { DNSName: string }[] }>("CreateLoadBalancer", { ...settings, Name: "two", Scheme: "internal" });
    expect(internal.LoadBalancers[0]!.DNSName).toMatch(/^internal-two-\d{10}\./);
    expect(made.elb.addressesOf(`dualstack.${dnsName.toUpperCase()}.`)).toEqual(["127.0.0.1"]);
    expect(made.elb.addressesOf("nobody-1.us-west-2.elb.amazonaws.com")).toBeUndefined();
  });

  test.each([
    [{ Name: "-x" }, "ValidationError"],
    [{ Name: "internal-x" }, "ValidationError"],
    [{ Name: "x".repeat(33) }, "ValidationError"],
    [{ Subnets: ["subnet-a"] }, "ValidationError"],
    [{ Subnets: ["subnet-b", "subnet-b2"] }, "InvalidConfigurationRequest"],
    [{ Type: "network" }, "NotSupported"],
    [{ IpAddressType: "dualstack" }, "NotSupported"],
    [{ Tags: [{ Key: "a" }, { Key: "a" }] }, "DuplicateTagKeys"],
    [{ Tags: [{ Key: "aws:a" }] }, "ValidationError"],
  ])("are refused with %o: %s", async (change, expected) => {
    const made = await world();
    expect(await code(made.run("CreateLoadBalancer", { ...settings, ...change }))).toBe(expected);
  });

  test("have attributes with defaults; deletion protection holds", async () => {
    const made = await world();
    const { lb, listener, group } = await basics(made);
    await createRule(made, listener, group);
    const set = (Key: string, Value: string): Promise<unknown> =>
      made.run("ModifyLoadBalancerAttributes", { LoadBalancerArn: lb, Attributes: [{ Key, Value }] });
    await set("idle_timeout.timeout_seconds", "90");
    expect(made.dataPlane.listeners.get(listener)!.plan.loadBalancer.attributes).toMatchObject({
      "idle_timeout.timeout_seconds": "90",
      "routing.http2.enabled": "true",
      "routing.http.xff_header_processing.mode": "append",
    });
    expect(await code(set("idle_timeout.timeout_seconds", "4001"))).toBe("ValidationError");
    expect(await code(set("no.such", "1"))).toBe("ValidationError");
    expect(await code(set("access_logs.s3.enabled", "true"))).toBe("NotSupported");
    await set("deletion_protection.enabled", "true");
    expect(await code(made.run("DeleteLoadBalancer", { LoadBalancerArn: lb }))).toBe("OperationNotPermitted");
    await set("deletion_protection.enabled", "false");
    await made.run("DeleteLoadBalancer", { LoadBalancerArn: lb });
    await made.run("DeleteLoadBalancer", { LoadBalancerArn: lb });
    expect(made.dataPlane.listeners.size).toBe(0);
    expect(await code(made.run("DescribeListeners", { ListenerArns: [listener] }))).toBe("ListenerNotFound");
    await made.run("DeleteTargetGroup", { TargetGroupArn: group });
  });
});

describe("listeners", () => {
  test("are made once for each port, and serve TLS with a known certificate", async () => {
    const made = await world();
    const { lb, listener } = await basics(made);
    const input = {
      LoadBalancerArn: lb,
      Port: 80,
      Protocol: "HTTP",
      DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
    };
    expect(await made.run("CreateListener", input)).toMatchObject({ Listeners: [{ ListenerArn: listener }] });
    expect(await code(made.run("CreateListener", { ...input, DefaultActions: [{ Type: "forward" }] }))).toBe("ValidationError");
    const other = [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }];
    expect(await code(made.run("CreateListener", { ...input, DefaultActions: other }))).toBe("DuplicateListener");
    const https = { ...input, Port: 443, Protocol: "HTTPS", Certificates: [{ CertificateArn: CERTIFICATE }] };
    expect(await code(made.run("CreateListener", { ...https, Certificates: [{ CertificateArn: `${CERTIFICATE}x` }] }))).toBe("CertificateNotFound");
    expect(await code(made.run("CreateListener", { ...https, Certificates: [] }))).toBe("ValidationError");
    expect(await code(made.run("CreateListener", { ...https, SslPolicy: "none" }))).toBe("SSLPolicyNotFound");
    expect(await code(made.run("CreateListener", { ...https, Protocol: "TCP" }))).toBe("ValidationError");
    const { Listeners } = await made.run<{ Listeners: { ListenerArn: string }[] }>("CreateListener", https);
    const arn = Listeners[0]!.ListenerArn;
    expect(Listeners[0]).toMatchObject({ SslPolicy: "ELBSecurityPolicy-2016-08", Certificates: [{ CertificateArn: CERTIFICATE }] });
    const second = CERTIFICATE.replace("/one", "/two");
    made.certificates.set(second, { key: "K2", cert: "C2" });
    await made.run("AddListenerCertificates", { ListenerArn: arn, Certificates: [{ CertificateArn: second }] });
    expect(made.dataPlane.listeners.get(arn)!.plan).toMatchObject({ protocol: "HTTPS", certificates: [{ arn: CERTIFICATE }, { arn: second }] });
    made.certificates.set(second, { key: "K3", cert: "C3" });
    made.certificateChanged(second);
    await made.clock.settle();
    expect(made.dataPlane.listeners.get(arn)!.plan.certificates[1]).toMatchObject({ cert: "C3" });
    expect(await made.run("DescribeListenerCertificates", { ListenerArn: arn })).toMatchObject({
      Certificates: [
        { CertificateArn: CERTIFICATE, IsDefault: true },
        { CertificateArn: second, IsDefault: false },
      ],
    });
    const remove = (CertificateArn: string): Promise<unknown> =>
      made.run("RemoveListenerCertificates", { ListenerArn: arn, Certificates: [{ CertificateArn }] });
    expect(await code(remove(CERTIFICATE))).toBe("OperationNotPermitted");
    await remove(second);
    expect(await code(made.run("ModifyListener", { ListenerArn: listener, Port: 443 }))).toBe("DuplicateListener");
  });

  test("have fixed ports of this machine, the next free one where that is taken, and ask for their own again when they open", async () => {
    const made = await world();
    made.dataPlane.taken.add(8081);
    const { lb, listener } = await basics(made);
    expect(made.elb.list()).toMatchObject([{ arn: lb, listeners: [{ arn: listener, port: 80, url: "http://127.0.0.1:8080" }] }]);
    expect(made.lines).toEqual([]);
    const two = await made.run<{ LoadBalancers: { LoadBalancerArn: string }[] }>("CreateLoadBalancer", {
      Name: "two",
      Subnets: ["subnet-a", "subnet-b"],
    });
    const LoadBalancerArn = two.LoadBalancers[0]!.LoadBalancerArn;
    const DefaultActions = [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }];
    for (const Port of [80, 81, 9000]) await made.run("CreateListener", { LoadBalancerArn, Port, Protocol: "HTTP", DefaultActions });
    const urls = (): string[] => made.elb.list()[1]!.listeners.map(({ url }) => url);
    expect(urls()).toEqual(["http://127.0.0.1:8082", "http://127.0.0.1:10081", "http://127.0.0.1:9000"]);
    expect(made.lines).toEqual([
      "rouse: listener HTTP 80 of load balancer two listens on 127.0.0.1:8082, because listener HTTP 80 of load balancer shared has port 8080",
    ]);
    await made.run("DeleteListener", { ListenerArn: listener });
    await made.elb.stop?.();
    await made.elb.start?.();
    expect(urls()).toEqual(["http://127.0.0.1:8080", "http://127.0.0.1:10081", "http://127.0.0.1:9000"]);
    await made.run("ModifyListener", { ListenerArn: made.elb.list()[1]!.listeners[1]!.arn, Port: 82 });
    expect(urls()).toEqual(["http://127.0.0.1:8080", "http://127.0.0.1:10082", "http://127.0.0.1:9000"]);
  });

  test("say when another program has their port", async () => {
    const made = await world();
    made.dataPlane.taken.add(8080);
    await basics(made);
    expect(made.lines).toEqual(["rouse: listener HTTP 80 of load balancer shared listens on 127.0.0.1:8081, because another program has port 8080"]);
  });
});

describe("rules", () => {
  test("are tried by priority, and changed in the data plane before the answer", async () => {
    const made = await world();
    const { listener, group } = await basics(made);
    const late = await createRule(made, listener, group, 20);
    const early = await createRule(made, listener, group, 10);
    const plan = () => made.dataPlane.listeners.get(listener)!.plan.rules.map(({ priority, actions }) => [priority, actions[0]!.Type]);
    expect(plan()).toEqual([
      [10, "forward"],
      [20, "forward"],
      ["default", "fixed-response"],
    ]);
    expect(await made.run("DescribeRules", { RuleArns: [late] })).toEqual({
      NextMarker: undefined,
      Rules: [
        {
          RuleArn: late,
          Priority: "20",
          IsDefault: false,
          Conditions: [{ Field: "path-pattern", Values: ["/api/20/*"], PathPatternConfig: { Values: ["/api/20/*"] } }],
          Actions: [
            {
              Type: "forward",
              TargetGroupArn: group,
              ForwardConfig: { TargetGroups: [{ TargetGroupArn: group, Weight: 1 }], TargetGroupStickinessConfig: { Enabled: false } },
            },
          ],
        },
      ],
    });
    await made.run("ModifyRule", {
      RuleArn: early,
      Actions: [{ Type: "redirect", RedirectConfig: { StatusCode: "HTTP_302", Host: "x.example.com" } }],
    });
    expect(plan()[0]).toEqual([10, "redirect"]);
    const swap = [
      { RuleArn: early, Priority: 20 },
      { RuleArn: late, Priority: 10 },
    ];
    await made.run("SetRulePriorities", { RulePriorities: swap });
    expect(plan().map(([, type]) => type)).toEqual(["forward", "redirect", "fixed-response"]);
    expect(await code(made.run("SetRulePriorities", { RulePriorities: [{ RuleArn: early, Priority: 10 }] }))).toBe("PriorityInUse");
    const fallback = (await made.run<{ Rules: { RuleArn: string }[] }>("DescribeRules", { ListenerArn: listener })).Rules.at(-1)!.RuleArn;
    expect(await code(made.run("DeleteRule", { RuleArn: fallback }))).toBe("OperationNotPermitted");
    expect(await code(made.run("ModifyRule", { RuleArn: fallback, Actions: forwardTo(group) }))).toBe("OperationNotPermitted");
    expect(await code(made.run("SetRulePriorities", { RulePriorities: [{ RuleArn: fallback, Priority: 1 }] }))).toBe("OperationNotPermitted");
    expect(await code(made.run("DeleteTargetGroup", { TargetGroupArn: group }))).toBe("ResourceInUse");
    await made.run("DeleteRule", { RuleArn: late });
    await made.run("DeleteTargetGroup", { TargetGroupArn: group });
    expect(await code(made.run("DeleteRule", { RuleArn: late }))).toBe("RuleNotFound");
  });

  const page = (values: string[]): object[] => [{ Field: "path-pattern", PathPatternConfig: { Values: values } }];
  test.each([
    ["no conditions", { Conditions: [] }, "ValidationError"],
    ["no actions", { Actions: [] }, "ValidationError"],
    ["an unknown field", { Conditions: [{ Field: "body", Values: ["x"] }] }, "ValidationError"],
    ["six values", { Conditions: page(["/1", "/2", "/3", "/4", "/5", "/6"]) }, "ValidationError"],
    ["seven wildcards", { Conditions: page(["/*******"]) }, "ValidationError"],
    ["two path patterns", { Conditions: [...path("/a"), ...path("/b")] }, "ValidationError"],
    [
      "a host header as HTTP header",
      { Conditions: [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "Host", Values: ["x"] } }] },
      "ValidationError",
    ],
    ["a source that is no network", { Conditions: [{ Field: "source-ip", SourceIpConfig: { Values: ["1.2.3.4"] } }] }, "ValidationError"],
    ["a lower-case method", { Conditions: [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["get"] } }] }, "ValidationError"],
    ["regular expressions", { Conditions: [{ Field: "path-pattern", RegexValues: ["^/x"] }] }, "NotSupported"],
    ["transforms", { Transforms: [{ Type: "url-rewrite" }] }, "NotSupported"],
    ["authentication", { Actions: [{ Type: "authenticate-oidc" }] }, "NotSupported"],
    ["an unknown group", { Actions: forwardTo("arn:aws:elasticloadbalancing:us-west-2:000000000000:targetgroup/x/1") }, "TargetGroupNotFound"],
    ["a loop", { Actions: [{ Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301" } }] }, "InvalidLoadBalancerAction"],
    ["a status 302", { Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "302" } }] }, "ValidationError"],
    [
      "a content type",
      { Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200", ContentType: "image/png" } }] },
      "InvalidLoadBalancerAction",
    ],
    ["priority 0", { Priority: 0 }, "ValidationError"],
    ["a used priority", { Priority: 10 }, "PriorityInUse"],
    ["an unknown listener", { ListenerArn: "arn" }, "ListenerNotFound"],
  ])("are refused with %s", async (_what, change, expected) => {
    const made = await world();
    const { listener, group } = await basics(made);
    await createRule(made, listener, group, 10);
    const input = { ListenerArn: listener, Priority: 11, Conditions: path("/x"), Actions: forwardTo(group), ...change };
    expect(await code(made.run("CreateRule", input))).toBe(expected);
  });

  test("every kind of condition and a weighted forward are kept as given", async () => {
    const made = await world();
    const { listener, group } = await basics(made);
    const other = await made.run<{ TargetGroups: { TargetGroupArn: string }[] }>("CreateTargetGroup", { Name: "fn", TargetType: "lambda" });
    const TargetGroups = [
      { TargetGroupArn: group, Weight: 0 },
      { TargetGroupArn: other.TargetGroups[0]!.TargetGroupArn, Weight: 5 },
    ];
    const Conditions = [
      { Field: "host-header", HostHeaderConfig: { Values: ["*.example.com"] } },
      { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-A", Values: ["*b*"] } },
      { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["GET"] } },
      { Field: "query-string", QueryStringConfig: { Values: [{ Key: "v", Value: "1" }] } },
      { Field: "source-ip", SourceIpConfig: { Values: ["10.0.0.0/8"] } },
    ];
    await made.run("CreateRule", {
      ListenerArn: listener,
      Priority: 1,
      Conditions,
      Actions: [{ Type: "forward", ForwardConfig: { TargetGroups, TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 } } }],
    });
    const [rule] = made.dataPlane.listeners.get(listener)!.plan.rules;
    expect(rule!.conditions).toEqual([{ ...Conditions[0], Values: ["*.example.com"] }, ...Conditions.slice(1)]);
    expect(rule!.actions).toEqual([
      { Type: "forward", ForwardConfig: { TargetGroups, TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 } } },
    ]);
    const two = await made.run<{ LoadBalancers: { LoadBalancerArn: string }[] }>("CreateLoadBalancer", {
      Name: "two",
      Subnets: ["subnet-a", "subnet-b"],
    });
    const listenerInput = { LoadBalancerArn: two.LoadBalancers[0]!.LoadBalancerArn, Port: 80, Protocol: "HTTP", DefaultActions: forwardTo(group) };
    expect(await code(made.run("CreateListener", listenerInput))).toBe("TargetGroupAssociationLimit");
  });
});

describe("target groups", () => {
  const settings = { Name: "auth", TargetType: "ip", Protocol: "HTTP", Port: 8080, VpcId: "vpc-1" };

  test.each([
    [{ Name: "a_b" }, "ValidationError"],
    [{ Protocol: "TCP" }, "NotSupported"],
    [{ ProtocolVersion: "GRPC" }, "NotSupported"],
    [{ TargetType: "alb" }, "NotSupported"],
    [{ VpcId: "vpc-2" }, "ValidationError"],
    [{ Port: undefined }, "ValidationError"],
    [{ TargetType: "lambda" }, "ValidationError"],
    [{ HealthCheckEnabled: false }, "ValidationError"],
    [{ HealthCheckIntervalSeconds: 5 }, "ValidationError"],
    [{ HealthCheckPath: "health" }, "ValidationError"],
    [{ Matcher: { HttpCode: "200-599" } }, "ValidationError"],
    [{ UnhealthyThresholdCount: 11 }, "ValidationError"],
  ])("are refused with %o: %s", async (change, expected) => {
    const made = await world();
    expect(await code(made.run("CreateTargetGroup", { ...settings, ...change }))).toBe(expected);
  });

  test("are made once, have AWS's defaults, and attributes that go together", async () => {
    const made = await world();
    const { group } = await basics(made);
    expect(await made.run("CreateTargetGroup", settings)).toMatchObject({
      TargetGroups: [
        {
          TargetGroupArn: group,
          HealthCheckEnabled: true,
          HealthCheckIntervalSeconds: 30,
          HealthCheckTimeoutSeconds: 5,
          HealthyThresholdCount: 5,
          UnhealthyThresholdCount: 2,
          HealthCheckPath: "/",
          HealthCheckPort: "traffic-port",
          Matcher: { HttpCode: "200" },
          ProtocolVersion: "HTTP1",
        },
      ],
    });
    expect(await code(made.run("CreateTargetGroup", { ...settings, Port: 1 }))).toBe("DuplicateTargetGroupName");
    const set = (attributes: Record<string, string>): Promise<unknown> =>
      made.run("ModifyTargetGroupAttributes", {
        TargetGroupArn: group,
        Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
      });
    await set({ "deregistration_delay.timeout_seconds": "5" });
    expect(made.dataPlane.groups.get(group)!.attributes).toMatchObject({
      "deregistration_delay.timeout_seconds": "5",
      "slow_start.duration_seconds": "0",
      "load_balancing.algorithm.type": "round_robin",
    });
    expect(await code(set({ "slow_start.duration_seconds": "29" }))).toBe("ValidationError");
    expect(await code(set({ "slow_start.duration_seconds": "30", "load_balancing.algorithm.type": "least_outstanding_requests" }))).toBe(
      "InvalidConfigurationRequest",
    );
    expect(await code(set({ "stickiness.enabled": "true", "stickiness.type": "app_cookie" }))).toBe("NotSupported");
    expect(await code(set({ "lambda.multi_value_headers.enabled": "true" }))).toBe("InvalidConfigurationRequest");
  });

  test.each([
    ["8.8.8.8", undefined, "InvalidTarget"],
    ["192.168.0.1", undefined, "ValidationError"],
    ["192.168.0.1", "all", "no error"],
    ["10.1.200.1", undefined, "ValidationError"],
    ["i-1", undefined, "ValidationError"],
    ["10.1.0.4", undefined, "no error"],
  ])("take the address %s (zone %s): %s", async (Id, AvailabilityZone, expected) => {
    const made = await world();
    const { group } = await basics(made);
    const Targets = [{ Id, ...(AvailabilityZone ? { AvailabilityZone } : {}) }];
    expect(await code(made.run("RegisterTargets", { TargetGroupArn: group, Targets }))).toBe(expected);
  });
});

test("tags, limits and security policies", async () => {
  const made = await world();
  const { group } = await basics(made);
  await made.run("AddTags", { ResourceArns: [group], Tags: [{ Key: "leaf", Value: "auth" }, { Key: "x" }] });
  await made.run("RemoveTags", { ResourceArns: [group], TagKeys: ["x"] });
  expect(await made.run("DescribeTags", { ResourceArns: [group] })).toEqual({
    TagDescriptions: [{ ResourceArn: group, Tags: [{ Key: "leaf", Value: "auth" }] }],
  });
  expect(await code(made.run("AddTags", { ResourceArns: [`${group}x`], Tags: [{ Key: "a" }] }))).toBe("TargetGroupNotFound");
  expect(await made.run("DescribeAccountLimits", { PageSize: 1 })).toMatchObject({ Limits: [{ Name: "application-load-balancers", Max: "50" }] });
  expect(await made.run("DescribeSSLPolicies", { Names: ["ELBSecurityPolicy-TLS13-1-3-2021-06"] })).toMatchObject({
    SslPolicies: [{ SslProtocols: ["TLSv1.3"], Ciphers: [{ Priority: 1 }, { Priority: 2 }, { Priority: 3 }] }],
  });
  const need = made.elb.access!["CreateListener"]!({ LoadBalancerArn: "lb", Protocol: "HTTPS", Tags: [{ Key: "a", Value: "b" }] }, call);
  expect(need.map(({ action }) => action)).toEqual(["elasticloadbalancing:CreateListener", "elasticloadbalancing:AddTags"]);
  expect(made.elb.access!["ModifyTargetGroup"]!({ TargetGroupArn: group }, call)).toEqual([
    {
      action: "elasticloadbalancing:ModifyTargetGroup",
      resources: [group],
      context: { "aws:ResourceTag/leaf": "auth", "elasticloadbalancing:ResourceTag/leaf": "auth" },
    },
  ]);
});
