import { describe, expect, test } from "vitest";
import { type About, messageFor, whyStopped } from "./messages.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const about: About = {
  leaf: "minecraft",
  domain: "minecraft.example.com",
  ports: ["25565/tcp", "19132/udp"],
  application: "arcade",
  environment: "prod",
  idleAlarm: "arcade-minecraft/idle",
  leftUpAlarm: "arcade-minecraft/left-up",
  leftUp: { after: 28_800, stop: false },
  idleBelow: 1000,
  hourUsd: "0.36",
};
const facts = { marks: {}, activities: [], now: NOW };
const published = { address: "203.0.113.9", announced: "" };
const wake = { at: new Date(NOW - 20_000).toISOString(), by: "dns" as const, who: "192.0.2.53", subnet: "198.51.100.0/24" };
const alarm = (name: string) =>
  `At 2026-01-05T12:00:00Z a monitor alarm ${name} in state ALARM triggered policy StopWhenIdle changing the desired capacity from 1 to 0.  At 2026-01-05T12:00:01Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 1 to 0.`;

describe("the message", () => {
  test("of a start says who woke it and when", () => {
    const { subject, body } = messageFor("starting", published, about, { ...facts, marks: { wake } });
    expect(subject).toBe("minecraft is starting");
    expect(body).toContain("a DNS query at 2026-01-05T11:59:40.000Z from resolver 192.0.2.53 for clients in 198.51.100.0/24");
  });

  test("of a start does not blame a wake of long ago", () => {
    const { body } = messageFor("starting", published, about, { ...facts, marks: { wake: { ...wake, at: "2026-01-04T12:00:00.000Z" } } });
    expect(body).not.toContain("192.0.2.53");
  });

  test("of being up says how to connect", () => {
    expect(messageFor("up", published, about, facts).body).toBe(
      "minecraft.example.com is up. Connect to minecraft.example.com port 25565/tcp or minecraft.example.com port 19132/udp (address 203.0.113.9).",
    );
  });
});

describe("why it stopped", () => {
  const crashed = {
    at: new Date(NOW).toISOString(),
    until: new Date(NOW + 900_000).toISOString(),
    strikes: 0,
    task: "arcade-minecraft:3",
    stops: 3,
    reason: "exit code 1",
  };
  const short = (cause: string, marks = {}) => whyStopped(about, { marks, activities: [{ cause, at: NOW }] }).short;

  test("idle", () => expect(short(alarm("arcade-minecraft/idle"))).toBe("idle"));
  test("left up", () => expect(short(alarm("arcade-minecraft/left-up"))).toBe("left up too long"));
  test("by hand", () => {
    expect(short("At 2026-01-05T12:00:00Z a user request explicitly set group desired capacity changing the desired capacity from 1 to 0.")).toBe(
      "stopped by hand",
    );
  });
  test("a crash loop, though the function's request looks like one by hand", () => {
    const marks = { wake, crashed };
    expect(
      short(
        "At 2026-01-05T12:00:00Z a user request update of AutoScalingGroup constraints to min: 0, max: 1, desired: 0 changing the desired capacity from 1 to 0.",
        marks,
      ),
    ).toBe("it keeps crashing");
  });
  test("not a crash loop that was before the last wake", () => {
    expect(short(alarm("arcade-minecraft/idle"), { wake, crashed: { ...crashed, at: "2026-01-04T12:00:00.000Z" } })).toBe("idle");
  });
  test("unknown where nobody says", () => expect(whyStopped(about, { marks: {}, activities: [] }).short).toBe("reason unknown"));
});
