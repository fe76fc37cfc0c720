import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IAMClient, PutRolePolicyCommand, DeleteRolePolicyCommand, GetRolePolicyCommand, ListRolePoliciesCommand } from "@aws-sdk/client-iam";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wakeLeaf } from "../src/operate/steer.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";
import { dnsAnswer, everyInstance, groupOf, logLines, mailsTo, MINUTE, NOWHERE, recordsOf, tasksOf, wake } from "./support/facts.ts";

/** The pitfalls under "Failing", on the real stacks and functions. What the breaker does by itself is in crash-loop.test.ts. */

const BROKEN = HELLO.replace("command: [node, ../server.cjs]", 'command: [node, -e, "process.exit(3)"]');
const UNPULLABLE = HELLO.replace(/^process:.*$/m, "").replace("image: hello", "image: registry.invalid/nothing:1");

let world: Deployed;
beforeAll(async () => {
  world = await deployed({ "leaves/broken.yaml": BROKEN, "leaves/unpullable.yaml": UNPULLABLE, "leaves/hello.yaml": HELLO });
}, 120_000);
afterAll(() => world?.end());

const stops = (leaf: string, to = "friend@example.com"): string[] =>
  mailsTo(world, to).filter((subject) => subject.startsWith(`${leaf} has stopped`));

async function crashed(leaf: string): Promise<void> {
  await dnsAnswer(world, leaf);
  await world.until(leaf, "crashed", 60 * MINUTE);
}

describe("a crash loop is broken once, whatever starts it again", () => {
  test("the group is at 0, nothing runs, and each address has one mail about it", async () => {
    await crashed("broken");
    await world.cloud.clock.advance(MINUTE);
    expect(await groupOf(world, "broken")).toMatchObject({ desired: 0, instances: [] });
    expect(await tasksOf(world, "broken")).toEqual([]);
    expect(await recordsOf(world, "broken")).toMatchObject({ address: NOWHERE, announced: "asleep" });
    for (const address of ["friend@example.com", "admin@example.com"]) {
      const subjects = mailsTo(world, address).filter((subject) => subject.startsWith("broken"));
      // Whether anybody saw it up for the moment that it was is chance.
      expect(subjects.filter((subject) => subject !== "broken is up").toSorted()).toEqual([
        "broken has stopped: it keeps crashing",
        "broken is starting",
      ]);
    }
    expect((await world.status("broken")).reason).toContain("exit code 3");
  });

  test("DNS queries do not start it, and say nothing more", async () => {
    const [instances, mails] = [(await everyInstance(world)).length, mailsTo(world, "admin@example.com").length];
    for (let i = 0; i < 20; i++) await dnsAnswer(world, "broken");
    await world.cloud.clock.advance(5 * MINUTE);
    expect((await groupOf(world, "broken")).desired).toBe(0);
    expect([(await everyInstance(world)).length, mailsTo(world, "admin@example.com").length]).toEqual([instances, mails]);
  });

  test("a person starts it, and it is broken again", async () => {
    expect(await wakeLeaf(world.project, world.leaf("broken"), world.connection, "ann")).toBe(true);
    expect((await groupOf(world, "broken")).desired).toBe(1);
    await world.until("broken", "crashed", 60 * MINUTE);
    await world.cloud.clock.advance(MINUTE);
    expect(stops("broken")).toEqual(["broken has stopped: it keeps crashing", "broken has stopped: it keeps crashing"]);
  });

  test("another task definition lets the next query start it", async () => {
    writeFileSync(join(world.directory, "leaves/broken.yaml"), HELLO);
    await world.redeploy();
    expect((await groupOf(world, "broken")).desired).toBe(0);
    const address = await wake(world, "broken");
    expect(await (await fetch(`http://${address}:8080/`)).text()).toContain("hello");
    await world.cloud.clock.advance(2 * MINUTE);
    expect((await world.status("broken")).state).toBe("awake");
  });
});

test("an image that cannot be pulled ends as a crash, and not as an instance that is up for ever", async () => {
  await crashed("unpullable");
  await world.cloud.clock.advance(MINUTE);
  expect(await groupOf(world, "unpullable")).toMatchObject({ desired: 0, instances: [] });
  expect((await world.status("unpullable")).reason).toContain("CannotPullContainerError");
  expect(stops("unpullable")).toEqual(["unpullable has stopped: it keeps crashing"]);
});

describe("a function whose role lacks a permission", () => {
  /** Takes a statement out of a function's role. @returns what puts it back */
  async function roleOf(functionName: string, region: string): Promise<string> {
    const { Role } = await world.cloud.client(LambdaClient, region).send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
    return Role!.split("/").at(-1)!;
  }

  /** Forbids an action that the role may do by another policy than its own. */
  async function forbidden(functionName: string, region: string, Action: string): Promise<() => Promise<unknown>> {
    const [RoleName, PolicyName] = [await roleOf(functionName, region), "Forbidden"];
    const iam = world.cloud.client(IAMClient, "us-east-1");
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Action, Resource: "*" }] });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    return () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }

  async function without(functionName: string, region: string, sid: string): Promise<() => Promise<unknown>> {
    const RoleName = await roleOf(functionName, region);
    const iam = world.cloud.client(IAMClient, "us-east-1");
    const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const PolicyName = PolicyNames![0]!;
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    const before = decodeURIComponent(PolicyDocument!);
    const policy = JSON.parse(before) as { Statement: { Sid: string }[] };
    expect(policy.Statement.map(({ Sid }) => Sid)).toContain(sid);
    const put = (document: string) => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
    await put(JSON.stringify({ ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== sid) }));
    return () => put(before);
  }

  test("does nothing, and says in its log which action on what was refused; with it, the wake is tried again", async () => {
    const restore = await without("arcade-start-system", "us-east-1", "WakeGroup");
    await dnsAnswer(world, "hello");
    await world.cloud.clock.settle();
    expect((await groupOf(world, "hello")).desired).toBe(0);
    const lines = (await logLines(world, "/aws/lambda/arcade-start-system", "us-east-1")).join("\n");
    expect(lines).toContain("AccessDenied");
    expect(lines).toMatch(
      /arcade-start-system\S* is not authorized to perform: autoscaling:UpdateAutoScalingGroup on resource: arn:aws:autoscaling:us-west-2:000000000000:autoScalingGroup:\S+arcade-hello\S* because no identity-based policy allows the autoscaling:UpdateAutoScalingGroup action/,
    );
    await restore();
    // Lambda tries an event again after a minute.
    await world.cloud.clock.advance(90_000);
    expect((await world.until("hello", "awake", MINUTE)).address).toMatch(/^127\.77\./);
  });

  test("that writes the record leaves the old one, says why, and makes it right when it may", async () => {
    const { address } = await world.status("hello");
    const restore = await forbidden("arcade-hello-reconcile", "us-west-2", "route53:ChangeResourceRecordSets");
    await world.until("hello", "falling asleep", 20 * MINUTE);
    await world.cloud.clock.settle();
    expect(await recordsOf(world, "hello")).toMatchObject({ address });
    const lines = (await logLines(world, "/aws/lambda/arcade-hello-reconcile")).join("\n");
    expect(lines).toMatch(/is not authorized to perform: route53:ChangeResourceRecordSets on resource: arn:aws:route53:::hostedzone\/\S+/);
    await restore();
    await world.until("hello", "asleep", 5 * MINUTE);
    expect(stops("hello")).toEqual(["hello has stopped: idle"]);
  });
});
