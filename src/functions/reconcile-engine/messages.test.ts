import { expect, test } from "vitest";
import { ENGINE } from "../testing/engines.ts";
import { messageFor } from "./messages.ts";
import type { Config } from "./observation.ts";

const config: Config = {
  application: "arcade",
  environment: "prod",
  leaf: "auth",
  engine: ENGINE,
  idleMs: 0,
  leftUpMs: 0,
  leftUpStop: false,
  drainMs: 0,
  address: "https://example.com/api/auth/*",
  isMeasured: true,
  isRouted: true,
  hourUsd: "0.36",
};
const one = { task: "a", aloud: true } as const;

test("up says where", () => {
  expect(messageFor({ ...one, occasion: "up" }, config, 0)).toEqual({
    subject: "auth is up",
    body: "auth is up at https://example.com/api/auth/*.",
    notice: {
      id: "arcade-prod-auth-ready-a",
      occasion: "ready",
      application: "arcade",
      environment: "prod",
      leaf: "auth",
      at: "1970-01-01T00:00:00.000Z",
      address: "https://example.com/api/auth/*",
    },
  });
  expect(messageFor({ ...one, occasion: "up" }, { ...config, address: "" }, 0).body).toBe("auth is up.");
});

test("stopped says why, how long it was up, what that cost, and what wakes it", () => {
  const { subject, body, notice } = messageFor({ ...one, occasion: "stopped", why: "nobody used it" }, config, 0, { upSeconds: 2700 });
  expect(body).toContain("It was up for 45 min, which cost $0.27.");
  expect(notice).toMatchObject({ id: "arcade-prod-auth-stopped-a", occasion: "stopped", why: "nobody used it", upSeconds: 2700, usd: 0.27 });
  expect(subject).toBe("auth has stopped: nobody used it");
  expect(body).toContain("A request to https://example.com/api/auth/* or a start event wakes it.");
});

test("crashed says until when, what ends it, and what it wrote last", () => {
  const crashed = { ...one, occasion: "crashed", why: "exit code 1", until: 3_600_000 } as const;
  const { subject, body, notice } = messageFor(crashed, config, 0, { log: ["no such table"] });
  expect(body).toContain("\n  no such table");
  expect(notice).toMatchObject({ occasion: "crashed", why: "exit code 1", log: ["no such table"] });
  expect(subject).toBe("auth keeps crashing: exit code 1");
  expect(body).toMatch(/rouse wake auth.*1970-01-01T01:00:00.000Z/);
});

test("left up says for how long", () => {
  const said = (since: number, changes: Partial<Config> = {}) =>
    messageFor({ ...one, occasion: "left-up", since }, { ...config, ...changes }, 10 * 3_600_000);
  expect(said(2 * 3_600_000).subject).toBe("auth has been up for 8 hours");
  expect(said(9.75 * 3_600_000).subject).toBe("auth has been up for 15 minutes");
  expect(said(0).body).toContain("rouse sleep auth");
  expect(said(0, { leftUpStop: true }).body).toContain("puts it to sleep now");
});

test("a subject is what SNS takes, whatever ECS says", () => {
  const { subject } = messageFor({ ...one, occasion: "stopped", why: `it could not start: „nö“\n${"x".repeat(200)}` }, config, 0);
  expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
});
