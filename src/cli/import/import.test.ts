import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { rouseHere } from "../testing.ts";
import { folders, imported, loaded, read, yaml } from "./testing.ts";

afterAll(() => folders.remove());

const MINECRAFT = `# Our server
Ec2:
  # Change MAX_MEMORY with it
  InstanceType: M5.large # 8 GiB
Container:
  Image: itzg/Minecraft-Server
  Ports:
    - TCP: 25565
    - UDP: 19132
  Environment:
    EULA: True
    # The world's
    MOTD: |
      Welcome, %PLAYER%
      or \${NOBODY}
    VERSION: 1.20
    MEMORY: 7G
    PASSWORD: !ENV \${SERVER_PASSWORD}
    TOKEN: !ENV TOKEN
    URL: !ENV https://\${HOST:localhost}/x
    ONLINE: yes
    UID: 010
    EMPTY: ""
Volumes:
  - Type: EFS
    EnableBackups: False
    KeepOnDelete: False
    Paths:
      - Path: /data/
  - Paths:
      - Path: /config
        ReadOnly: True
Watchdog:
  Threshold: 1175
  InstanceLeftUp:
    DurationHours: 12
    ShouldStop: True
AlertSubscription:
  Email: |
    one@example.com
    two@example.com
`;
const BASE = `Vpc:
  MaxAZs: 2
Domain:
  Name: Example.com
  HostedZoneId: !ENV \${HOSTED_ZONE_ID}
AlertSubscription:
  - Email: admin@example.com
`;
const ENV = { HOSTED_ZONE_ID: "Z1234567890", SERVER_PASSWORD: "x", TOKEN: "y", HOST: "z" };

describe("a container manager's files", () => {
  test("become a base and leaves that validate, in every environment", async () => {
    const { code, stderr, out } = await imported({ "base-stack-config.yaml": BASE, "Minecraft.java.yaml": MINECRAFT });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    for (const environment of ["local", "prod"]) {
      const { base, leaves } = await loaded(out, environment, ENV);
      expect(base).toMatchObject({
        vpc: { maxAzs: 2 },
        domain: { name: "example.com", hostedZoneId: "Z1234567890" },
        alerts: { email: ["admin@example.com"] },
      });
      expect(leaves).toMatchObject([
        {
          name: "minecraft-java",
          domain: "minecraft.java.example.com",
          zone: "own",
          image: "itzg/minecraft-server",
          ports: [
            { port: 25_565, protocol: "tcp" },
            { port: 19_132, protocol: "udp" },
          ],
          environment: {
            EULA: "true",
            MOTD: "Welcome, %PLAYER%\nor ${NOBODY}\n",
            VERSION: "1.2",
            MEMORY: "7G",
            PASSWORD: "x",
            TOKEN: "y",
            URL: "https://z/x",
            ONLINE: "true",
            UID: "8",
            EMPTY: "",
          },
          compute: { on: "ec2", instanceType: "m5.large" },
          volumes: {
            "volume-1": { paths: ["/data"], backups: false, keepOnDelete: false },
            "volume-2": { paths: ["/config"], backups: true, keepOnDelete: true },
          },
          // The old default of seven minutes, in seconds; Rouse's own is ten.
          watchdog: { idle: { below: 1175, for: 420 }, leftUp: { after: 12 * 3600, stop: true } },
          alerts: { email: ["one@example.com", "two@example.com"] },
        },
      ]);
    }
  });

  test("keep their comments, and what became of each changed value is told with its line", async () => {
    const { stdout, out } = await imported({ "base-stack-config.yaml": BASE, "Minecraft.java.yaml": MINECRAFT });
    const text = read(out, "leaves/minecraft-java.yaml");
    for (const comment of ["# Our server", "# Change MAX_MEMORY with it", "# 8 GiB", "# The world's"]) expect(text).toContain(comment);
    for (const line of [
      "Minecraft.java.yaml:4 Ec2.InstanceType: M5.large is written m5.large",
      "Minecraft.java.yaml:16 Container.Environment.VERSION: 1.20 reached the container as 1.2",
      "Minecraft.java.yaml:36 Watchdog.InstanceLeftUp.DurationHours: 12 (hours) → watchdog.leftUp.after: 12h",
      'Minecraft.java.yaml:20 Container.Environment.URL: the default "localhost" of HOST',
      "Minecraft.java.yaml:32 Volumes[1].Paths[0].ReadOnly: a volume can be written to",
      "rouse.yaml:1 region: no file says it",
    ])
      expect(stdout).toContain(line);
    expect(stdout).toMatch(/Set these variables[^\n]*\n {2}HOST\n {2}HOSTED_ZONE_ID\n {2}SERVER_PASSWORD\n {2}TOKEN\n$/);
  });

  test("several leaves make one project; all three ways to write volumes are read", async () => {
    const leaf = (volumes: string): string =>
      `Ec2: {InstanceType: m5.large}\nContainer: {Image: a, Ports: [{TCP: 1}]}\nWatchdog: {Threshold: 1, MinutesWithoutConnections: 3}\n${volumes}\n`;
    const { out, stderr } = await imported(
      {
        "one.yaml": leaf("Volumes: [{Paths: [{Path: /a}]}]"),
        "two.yml": leaf("Volumes: {Config: {Paths: [{Path: /b}]}}"),
        "three.yaml": leaf("Volume: {EnableBackups: True, KeepBackupDays: 3, Paths: [{Path: /c}]}"),
      },
      "--region",
      "eu-west-1",
      "--name",
      "games",
    );
    expect(stderr).toBe("");
    const { base, leaves } = await loaded(out, "local");
    expect(base).toMatchObject({ name: "games", region: "eu-west-1" });
    const volumes = leaves.map((each) => [each.name, "volumes" in each ? Object.keys(each.volumes) : []]);
    expect(Object.fromEntries(volumes)).toEqual({ one: ["volume-1"], two: ["Config"], three: ["data"] });
    expect(leaves[0]).toMatchObject({ watchdog: { idle: { for: 180 } } });
  });

  test("every key that is not known, or that has no place, is listed with its line and what to do", async () => {
    const more = "  Treshold: 1\nDashboard:\n  Enabled: False\n  IntervalMinutes: 60\nFoo:\n  Bar: 1\n";
    const { stdout, code } = await imported({ "one.yaml": MINECRAFT.replace("AlertSubscription:", `${more}AlertSubscription:`) });
    expect(code).toBe(0);
    for (const line of [
      "one.yaml:38 Watchdog.Treshold: it is no key of the container manager\n      instead: was Watchdog.Threshold meant?",
      "one.yaml:41 Dashboard.IntervalMinutes: ",
      "one.yaml:42 Foo: it is no key of the container manager\n      instead: ",
    ])
      expect(stdout).toContain(line);
  });

  test("times longer than a day, and options that mean what Rouse does anyway", async () => {
    const text = MINECRAFT.replace("DurationHours: 12", "DurationHours: 48").replace("ReadOnly: True", "ReadOnly: False");
    const { stdout, out } = await imported({ "one.yaml": `${text}Dashboard: {Enabled: True}\n` });
    expect(stdout).toContain("DurationHours: 48 hours: an alarm looks back one day at most");
    expect(yaml(out, "leaves/one.yaml")).toMatchObject({ watchdog: { leftUp: { after: "1d" } } });
    expect(yaml(out, "rouse.yaml")).toMatchObject({ dashboard: true });
    expect(stdout).not.toMatch(/Dashboard|ReadOnly/);
  });
});

const TABLE = {
  auth: {
    cluster: "auth-cluster",
    task_definition: "auth-api-task",
    target_group_arn: "arn:aws:elasticloadbalancing:us-east-2:486151888818:targetgroup/auth-lb/0f8e49d7cd37c0c9",
    container_name: "authapi-container",
    container_port: 8080,
    subnets: ["subnet-0123456789abcdef0"],
    security_groups: ["sg-0123456789abcdef0"],
  },
  Users_API: { cluster: "users-cluster", task_definition: "users", target_group: "", port: 8080, colour: "red" },
};
const NETWORK = ["--subnets", "subnet-0123456789abcdef1,subnet-0123456789abcdef2", "--security-groups", "sg-0123456789abcdef1"];

describe("a SERVICE_MAPPINGS table", () => {
  test("becomes engines of services that are there already, with the region and account of their target groups", async () => {
    const { code, stderr, stdout, out } = await imported({ "mappings.json": JSON.stringify(TABLE, null, 2) }, ...NETWORK);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    for (const environment of ["local", "prod"]) {
      const { base, environment: chosen, leaves } = await loaded(out, environment);
      expect(base.region).toBe("us-east-2");
      if (environment === "prod") expect(chosen).toMatchObject({ account: "486151888818" });
      expect(leaves.map(({ name }) => name)).toEqual(["auth", "users-api"]);
    }
    expect(yaml(out, "leaves/auth.yaml")).toEqual({
      wake: "event",
      existing: {
        cluster: "auth-cluster",
        taskDefinition: "auth-api-task",
        targetGroup: TABLE.auth.target_group_arn,
        container: "authapi-container",
        port: 8080,
        subnets: ["subnet-0123456789abcdef0"],
        securityGroups: ["sg-0123456789abcdef0"],
        assignPublicIp: true,
      },
    });
    expect(yaml(out, "leaves/users-api.yaml")).toMatchObject({ existing: { subnets: NETWORK[1]!.split(","), securityGroups: [NETWORK[3]] } });
    for (const line of [
      "mappings.json:15 Users_API: the leaf is users-api",
      "mappings.json:18 Users_API.target_group: no target group",
      "mappings.json:20 Users_API.colour: it is no key",
      "auth: which roles",
    ])
      expect(stdout).toContain(line);
  });

  test("brings the settings beside it along", async () => {
    const settings = {
      DEFAULT_SUBNETS: "subnet-0123456789abcdef1, subnet-0123456789abcdef2",
      DEFAULT_SECURITY_GROUPS: ["sg-0123456789abcdef1"],
      LAUNCH_TYPE: "EC2",
    };
    const more = { ASSIGN_PUBLIC_IP: "DISABLED", TASK_WAIT_TIMEOUT: 300, TASK_POLL_INTERVAL: 5, LOG_LEVEL: "INFO", SERVICE_MAPPINGS: TABLE };
    const { out, stdout, stderr } = await imported({ "mappings.json": JSON.stringify({ ...settings, ...more }) });
    expect(stderr).toBe("");
    expect((await loaded(out, "prod")).base.engines).toMatchObject({ limit: 300, poll: 5 });
    expect(yaml(out, "leaves/users-api.yaml")).toEqual({
      wake: "event",
      existing: {
        cluster: "users-cluster",
        taskDefinition: "users",
        subnets: ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
        securityGroups: ["sg-0123456789abcdef1"],
        launchType: "EC2",
      },
    });
    expect(stdout).toContain("TASK_WAIT_TIMEOUT: 300 (seconds) → engines.limit: 5m");
    expect(stdout).toContain("LOG_LEVEL: what the functions log is not set");
  });

  test("without a network nothing is written, and each service that lacks one is named", async () => {
    const { code, stderr, out } = await imported({ "mappings.json": JSON.stringify(TABLE) });
    expect(code).toBe(2);
    expect(stderr).toContain("users-api: subnets (--subnets)\n  users-api: security groups (--security-groups)");
    expect(stderr).not.toContain("  auth:");
    expect(existsSync(out)).toBe(false);
  });
});

describe("rouse import", () => {
  test("takes files of several systems as one project", async () => {
    const { out, stderr } = await imported({ "base.yaml": BASE, "one.yaml": MINECRAFT, "m.json": JSON.stringify(TABLE) }, ...NETWORK);
    expect(stderr).toBe("");
    expect((await loaded(out, "local", ENV)).leaves.map(({ name }) => name)).toEqual(["auth", "one", "users-api"]);
  });

  test("--dry-run prints the files and writes none", async () => {
    const { code, stdout, out } = await imported({ "one.yaml": MINECRAFT }, "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toContain("--- leaves/one.yaml\n# yaml-language-server: $schema=../node_modules/rouse/schemas/leaf.schema.json\n");
    expect(existsSync(out)).toBe(false);
  });

  test("overwrites nothing, unless told", async () => {
    const files = { "one.yaml": MINECRAFT, "out/leaves/one.yaml": "mine" };
    const directory = folders.with(files);
    const { code, stderr } = await rouseHere(["import", "one.yaml", "--out", "out"], { directory });
    expect(code).toBe(2);
    expect(stderr).toContain("  leaves/one.yaml\n");
    expect(readdirSync(join(directory, "out"))).toEqual(["leaves"]);
    expect(read(directory, "out/leaves/one.yaml")).toBe("mine");
    expect((await rouseHere(["import", "one.yaml", "--out", "out", "--force"], { directory })).code).toBe(0);
    expect(read(directory, "out/leaves/one.yaml")).toContain("wake: dns");
  });

  test("what would be no project is not written, and each mistake is shown", async () => {
    const { code, stderr, stdout, out } = await imported({ "one.yaml": MINECRAFT.replace("M5.large", "large").replace("TCP: 25565", "TCP: 99999") });
    expect(code).toBe(2);
    expect(stderr).toMatch(/leaves\/one\.yaml:\d+:\d+ compute\.instanceType: "large" does not look like an EC2 instance type/);
    expect(stderr).toContain("port 99999 is out of range");
    expect(stdout).toContain("Could not be carried over:");
    expect(existsSync(out)).toBe(false);
  });

  test.each<[string, Record<string, string>, string]>([
    ["what is none of the formats", { "a.yaml": "wake: dns\n" }, "a.yaml: this is none of the formats"],
    ["a Python table", { "config.py": "SERVICE_MAPPINGS = {}\n" }, "json.dumps(config.SERVICE_MAPPINGS)"],
    ["a mistake in the syntax", { "a.yaml": "Ec2: {InstanceType: a\nContainer: [\n" }, "a.yaml:"],
    ["an environment's name that is none", { "config.My_Env": "A=1\n" }, "config.<environment>"],
    ["two leaves of one name", { "a.b.yaml": MINECRAFT, "a-b.yaml": MINECRAFT }, "another file makes the leaf a-b already"],
    ["two bases", { "a.yaml": BASE, "b.yaml": BASE }, "there is one base"],
  ])("%s is refused", async (_name, files, why) => {
    const { code, stderr, out } = await imported(files);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(out)).toBe(false);
  });

  test("a file that is not there", async () => {
    const { code, stderr } = await rouseHere(["import", "nothing.yaml"], { directory: folders.with() });
    expect(code).toBe(2);
    expect(stderr).toContain("nothing.yaml: ");
  });
});
