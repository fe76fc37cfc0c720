import { expect, test } from "vitest";
import type { Glance } from "../operate/glance.ts";
import { testLeaf } from "../stacks/testing.ts";
import { UserError } from "./command.ts";
import type { Target } from "./target.ts";
import { watchLeaves } from "./watch-loop.ts";

const target = {
  project: { base: { name: "arcade", region: "us-west-2" }, environment: { name: "local" }, leaves: [testLeaf("hello")] },
  connection: { region: "us-west-2", endpoint: "http://127.0.0.1:1" },
} as unknown as Target;
const glance = (state: Glance["state"]): Glance => ({
  name: "hello",
  state,
  address: null,
  since: null,
  now: "2026-01-08T17:00:00Z",
  sleepsAt: null,
});
const gone = (): Error => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

/** What is said of these looks, one after the other; then it is ended. */
async function said(looks: (Glance | Error)[], opens: (Target | Error)[] = []): Promise<{ lines: string[]; opened: number }> {
  const ended = new AbortController();
  const lines: string[] = [];
  let opened = 0;
  const open = async (): Promise<Target> => {
    opened++;
    const next = opened === 1 ? target : (opens.shift() ?? target);
    if (next instanceof Error) throw next;
    return next;
  };
  const look = async (): Promise<Glance[]> => {
    const next = looks.shift()!;
    if (looks.length === 0) ended.abort();
    if (next instanceof Error) throw next;
    return [next];
  };
  await watchLeaves(
    { look, open, signal: ended.signal, pollMs: 0 },
    {
      looked: (_, changes) => lines.push(...changes.map(({ leaf, what }) => `${leaf} ${what}`)),
      lost: (message) => lines.push(`lost: ${message}`),
      recovered: () => lines.push("recovered"),
    },
  );
  return { lines, opened };
}

test("says how it is first, then only what changes", async () => {
  expect((await said([glance("asleep"), glance("asleep"), glance("waking"), glance("waking")])).lines).toEqual([
    "hello is asleep",
    "hello is waking",
  ]);
});

test("a cloud that goes away is told once, looked for where it is by now, and told when it is back", async () => {
  const { lines, opened } = await said(
    [glance("asleep"), gone(), gone(), glance("waking"), glance("waking")],
    [new UserError("no embedded cloud runs", 1), target, target],
  );
  expect(lines).toEqual([
    "hello is asleep",
    "lost: The embedded cloud does not answer. Start it again with: rouse up",
    "recovered",
    "hello is waking",
  ]);
  // At the start, and at each look for it.
  expect(opened).toBe(4);
});

test("what the first look will never get ends it", async () => {
  const denied = Object.assign(new Error("not authorized"), { name: "AccessDenied" });
  await expect(said([denied, glance("asleep")])).rejects.toBe(denied);
});
