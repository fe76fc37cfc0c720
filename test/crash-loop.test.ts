import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";
import { addressOf } from "./support/dns.ts";

const NAME = "broken.arcade.example.com";
const MINUTE = 60_000;

/** A container that ends as soon as it starts, on the real stacks and functions. */
describe("a leaf that keeps crashing", () => {
  let world: Deployed;
  beforeAll(async () => {
    world = await deployed({ "leaves/broken.yaml": HELLO.replace("command: [node, ../server.cjs]", 'command: [node, -e, "process.exit(3)"]') });
  }, 120_000);
  afterAll(() => world?.end());

  const subjects = (): string[] => {
    const inbox = join(world.cloud.dataDir, "inbox");
    return readdirSync(inbox)
      .toSorted()
      .map((file) => readFileSync(join(inbox, file), "utf8"))
      .filter((mail) => /^To: friend@/m.test(mail))
      .map((mail) => /^Subject: (.*)$/m.exec(mail)![1]!.trim());
  };
  const desired = async (): Promise<number | undefined> => {
    const { AutoScalingGroups } = await world.cloud.client(AutoScalingClient).send(new DescribeAutoScalingGroupsCommand({}));
    return AutoScalingGroups![0]!.DesiredCapacity;
  };

  test("is stopped", async () => {
    await addressOf(world.cloud.dns, NAME);
    await world.until("broken", "crashed", 30 * MINUTE);
    expect(await desired()).toBe(0);
  });

  test("is told of once, with its reason", async () => {
    await world.cloud.clock.advance(5 * MINUTE);
    expect(subjects().filter((subject) => subject.includes("stopped"))).toEqual(["broken has stopped: it keeps crashing"]);
    expect(subjects().filter((subject) => subject.includes("starting"))).toHaveLength(1);
  });

  test("is not started again by the next DNS queries", async () => {
    const before = subjects().length;
    for (let minute = 0; minute < 5; minute++) {
      expect(await addressOf(world.cloud.dns, NAME)).toBe("0.0.0.0");
      await world.cloud.clock.advance(MINUTE);
      expect(await desired()).toBe(0);
    }
    expect(subjects()).toHaveLength(before);
  });

  test("is started by a query after the back-off, and stopped again for longer", async () => {
    await world.cloud.clock.advance(15 * MINUTE);
    expect((await world.status("broken")).state).toBe("asleep");
    await addressOf(world.cloud.dns, NAME);
    await world.cloud.clock.advance(5000);
    expect(await desired()).toBe(1);
    await world.until("broken", "crashed", 30 * MINUTE);
    await world.cloud.clock.advance(20 * MINUTE);
    expect((await world.status("broken")).state).toBe("crashed");
  });
});
