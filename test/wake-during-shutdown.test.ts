import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sleepLeaf } from "../src/operate/steer.ts";
import { BASE, type Deployed, deployed, HELLO } from "./support/deployed.ts";
import { addressOf } from "./support/dns.ts";

const NAME = "stubborn.example.com";

/** Takes no notice of its stop signal, so that it takes its whole stop timeout to end. */
const STUBBORN = `
const http = require("node:http");
http.createServer((req, res) => res.end("here")).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => {});
`;

describe("a query that comes while the leaf is falling asleep", () => {
  let world: Deployed;
  beforeAll(async () => {
    const leaf = `${HELLO.replace("../server.cjs", "../stubborn.cjs")}\nstopTimeout: 60s\nvolumes: { data: { paths: [/data] } }\n`;
    // With a zone of its own, as it may have.
    const base = BASE.replace("Z1234567890 }", "Z1234567890, zone: perLeaf }");
    world = await deployed({ "rouse.yaml": base, "leaves/stubborn.yaml": leaf, "stubborn.cjs": STUBBORN });
    await addressOf(world.cloud.dns, NAME);
    await world.until("stubborn", "awake");
  }, 120_000);
  afterAll(() => world?.end());

  let old: string | null | undefined;

  test("finds the address gone as soon as the instance is terminating, while its container still runs", async () => {
    old = (await world.status("stubborn")).address;
    await sleepLeaf(world.project, world.leaf("stubborn"), world.connection);
    await world.until("stubborn", "falling asleep", 30_000);
    await world.cloud.clock.advance(2000);
    expect(await addressOf(world.cloud.dns, NAME)).toBe("0.0.0.0");
  });

  test("is not lost: a new instance comes up, and the old one's end does not take its address away", async () => {
    const awake = await world.until("stubborn", "awake");
    expect(awake.address).not.toBe(old);
    await world.cloud.clock.advance(100_000);
    expect(await addressOf(world.cloud.dns, NAME)).toBe(awake.address);
    expect(await (await fetch(`http://${awake.address}:8080/`)).text()).toBe("here");
  });

  test("is told of once more", () => {
    const inbox = join(world.cloud.dataDir, "inbox");
    const mails = readdirSync(inbox).map((file) => readFileSync(join(inbox, file), "utf8"));
    const subjects = mails.filter((mail) => /^To: friend@/m.test(mail)).map((mail) => /^Subject: (.*)$/m.exec(mail)![1]!.trim());
    // Two messages of one moment have no order.
    expect(subjects.toSorted()).toEqual([
      "stubborn has stopped: stopped by hand",
      "stubborn is starting",
      "stubborn is starting",
      "stubborn is up",
      "stubborn is up",
    ]);
  });
});
