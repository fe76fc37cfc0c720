import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DescribeFileSystemsCommand, EFSClient } from "@aws-sdk/client-efs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PassingClock } from "../src/cloud/testing/passing-clock.ts";
import { type TestCloud, withCloud } from "../src/cloud/testing/with-cloud.ts";
import { finished } from "./support/deployed.ts";
import { type Ran, start } from "./support/rouse.ts";
import { deployedStacks } from "./support/stacks.ts";

/** `rouse deploy`, `diff` and `destroy` with the CDK's toolkit, over the wire: the embedded cloud stands for AWS. */

const BASE = `name: arcade
region: us-west-2
vpc: { maxAzs: 2 }
domain: { name: example.com, hostedZoneId: Z1234567890 }
environments:
  staging: { account: "000000000000" }
  prod: { account: "222222222222" }
  anywhere: {}
`;
const DNS = `wake: dns
image: hello
ports: [8080/tcp]
compute: { on: ec2, instanceType: t4g.nano }
volumes: { data: { paths: [/data] } }
alerts: { email: [friend@example.com] }
`;
const EVENT = DNS.replace("wake: dns", "wake: event")
  .replace("ports: [8080/tcp]\n", "")
  .replace("compute: { on: ec2, instanceType: t4g.nano }", "compute: { on: fargate, cpu: 256, memory: 512 }");

const REGIONS = ["us-east-1", "us-west-2"];
const CASE_MS = 90_000;
const KEYS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

let directory: string;
let cloud: TestCloud<PassingClock>;

function write(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
}

/** With credentials of the account 000000000000 unless told. */
const rouse = (args: string[], env: Record<string, string> = KEYS): Promise<Ran> =>
  start(directory, args, { AWS_ENDPOINT_URL: cloud.url, AWS_EC2_METADATA_DISABLED: "true", ROUSE_POLL_MS: "100", ...env }).ended;

const client = (region: string) => cloud.client(CloudFormationClient, region);

async function stacks(): Promise<string[]> {
  const found = await Promise.all(REGIONS.map((region) => client(region).send(new DescribeStacksCommand({}))));
  return found.flatMap(({ Stacks }) => Stacks!.flatMap(({ StackName, ParentId }) => (ParentId ? [] : [StackName!]))).sort();
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rouse-deploy-"));
  write({ "rouse.yaml": BASE, "rouse.anywhere.yaml": "vpc: { maxAzs: null, default: true }\n", "leaves/hello.yaml": DNS });
  // The toolkit waits in real time, so the cloud's has to pass with it.
  cloud = await withCloud({ clock: new PassingClock() });
  cloud.seedHostedZone("example.com", "Z1234567890");
});
afterAll(async () => {
  await cloud?.end();
  rmSync(directory, { recursive: true, force: true });
});

test(
  "credentials are looked at before anything else: none, or those of another account, end with 2",
  async () => {
    const [none, wrong] = await Promise.all([rouse(["deploy", "--env", "staging"], {}), rouse(["deploy", "--env", "prod"])]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("there are no AWS credentials for the environment staging (account 000000000000)");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("of account 000000000000 (");
    expect(wrong.stderr).toContain("the environment prod wants account 222222222222");
    expect(none.stderr + wrong.stderr).not.toMatch(/Synthesi|\n +at /);
  },
  CASE_MS,
);

test(
  "an account without the CDK's bootstrap stack is told how to get it, and nothing is made",
  async () => {
    const { code, stderr } = await rouse(["deploy", "--env", "staging"]);
    expect(stderr).toContain("npx aws-cdk@2 bootstrap aws://000000000000/us-west-2 aws://000000000000/us-east-1");
    expect(stderr).toContain("rouse deploy --env staging --bootstrap");
    expect(code).toBe(2);
    expect(await stacks()).toEqual([]);
  },
  CASE_MS,
);

test(
  "deploy --bootstrap makes it and brings about what a deployment inside the cloud does",
  async () => {
    const { code, stdout, stderr } = await rouse(["deploy", "--env", "staging", "--bootstrap"]);
    expect(stderr).toMatch(/Deployed 5 of 5 stacks in/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Arcade-Hello\.Name +hello\.arcade\.example\.com/);
    const other = await withCloud();
    try {
      other.seedHostedZone("example.com", "Z1234567890");
      await finished(other, other.deploy(join(directory, ".rouse", "staging", "cdk.out")), "the deployment");
      const [throughToolkit, inside] = await Promise.all([
        deployedStacks(client, REGIONS, { without: ["CDKToolkit"] }),
        deployedStacks((region) => other.client(CloudFormationClient, region), REGIONS, { without: [] }),
      ]);
      expect(Object.keys(throughToolkit).sort()).toEqual(Object.keys(inside).sort());
      for (const [name, stack] of Object.entries(inside)) expect(throughToolkit[name], name).toEqual(stack);
    } finally {
      await other.end();
    }
  },
  CASE_MS,
);

test(
  "what is deployed has no differences; an environment of the same names is refused",
  async () => {
    const [diff, anywhere] = await Promise.all([rouse(["diff", "--env", "staging", "--fail"]), rouse(["deploy", "--env", "anywhere", "--yes"])]);
    expect(diff.stdout).toContain("No differences");
    expect(diff.code).toBe(0);
    expect(anywhere.stderr).toContain("names no account: it is account 000000000000");
    expect(anywhere.stderr).toContain("the stack Arcade-Base in us-west-2 belongs to the environment staging of arcade");
    expect(anywhere.stderr).toContain("In rouse.anywhere.yaml: name: arcade-anywhere");
    expect(anywhere.code).toBe(2);
    // Its network was looked up, and what was found is kept where the CDK's command line finds it too.
    expect(readFileSync(join(directory, "cdk.context.json"), "utf8")).toMatch(/"vpc-provider:account=000000000000[^]*"vpcId": "vpc-/);
  },
  CASE_MS,
);

test(
  "a leaf changes its kind, through the toolkit too: its volume stays, the stacks of the other kind go",
  async () => {
    const volumes = async () =>
      (await cloud.client(EFSClient).send(new DescribeFileSystemsCommand({}))).FileSystems!.map((each) => each.FileSystemId);
    const before = await volumes();
    write({ "leaves/hello.yaml": EVENT });
    const diff = await rouse(["diff", "--env", "staging", "--fail", "--json"]);
    expect(diff.code).toBe(1);
    const { changes, steps } = JSON.parse(diff.stdout) as { changes: { stack: string; change: string }[]; steps: { do: string }[] };
    expect(steps.map((step) => step.do)).toEqual(["delete", "reduce", "delete", "deploy"]);
    expect(changes.find(({ stack }) => stack === "Arcade-Hello")).toMatchObject({ change: "switch", from: "dns", to: "engine" });
    const { code, stderr } = await rouse(["deploy", "--env", "staging"]);
    expect(stderr).toContain("Arcade-Hello: from dns to http or event, in two steps");
    expect(code).toBe(0);
    expect(await stacks()).toEqual(["Arcade-Base", "Arcade-Engines", "Arcade-Hello", "CDKToolkit", "CDKToolkit"]);
    expect(await volumes()).toEqual(before);
  },
  CASE_MS,
);

test(
  "destroy names what it keeps, and a second time there is nothing",
  async () => {
    // The files may be gone by then.
    rmSync(join(directory, "leaves/hello.yaml"));
    write({ "leaves/other.yaml": EVENT });
    const refused = await rouse(["destroy", "--env", "staging"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("add --yes");
    expect(await stacks()).toContain("Arcade-Hello");
    const { code, stdout, stderr } = await rouse(["destroy", "--env", "staging", "--yes"]);
    expect(stderr).toMatch(/Deleted 3 stacks/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/aws efs delete-file-system --file-system-id fs-[0-9a-f]+ --region us-west-2/);
    expect(await stacks()).toEqual(["CDKToolkit", "CDKToolkit"]);
    const again = await rouse(["destroy", "--env", "staging", "--yes"]);
    expect(again.stderr).toContain("Nothing to destroy: arcade has no stacks in staging");
    expect(again.code).toBe(0);
    expect(readFileSync(join(directory, "rouse.yaml"), "utf8")).toBe(BASE);
  },
  CASE_MS,
);
