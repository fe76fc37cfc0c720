import { expect, test } from "vitest";
import { leftUpMessage } from "./left-up.ts";

const about = (after: number, stop: boolean) => ({
  application: "arcade",
  environment: "prod",
  leaf: "minecraft",
  domain: "minecraft.example.com",
  leftUp: { after, stop },
});
const facts = { instance: "i-1", upSince: Date.UTC(2026, 0, 5, 4), now: Date.UTC(2026, 0, 5, 12, 1) };

test("says since when it is up, what its limit is, and how to end it", () => {
  const { subject, body } = leftUpMessage(about(28_800, false), facts);
  expect(subject).toBe("minecraft has been up for 8 h");
  expect(body).toBe(
    "minecraft.example.com is up since 2026-01-05T04:00:00.000Z, and its watchdog's limit is 8 h. It stays up while it is used; rouse sleep minecraft puts it to sleep.",
  );
  expect(leftUpMessage(about(5400, true), facts)).toMatchObject({
    subject: "minecraft has been up for 90 min",
    body: expect.stringMatching(/It is put to sleep now\.$/),
  });
});

test("for machines: one id for each life, and how long it has been up", () => {
  const { notice } = leftUpMessage(about(28_800, false), facts);
  expect(notice).toEqual({
    id: "arcade-prod-minecraft-left-up-i-1",
    occasion: "left-up",
    application: "arcade",
    environment: "prod",
    leaf: "minecraft",
    at: "2026-01-05T12:01:00.000Z",
    address: "minecraft.example.com",
    why: "it has been up for longer than its watchdog's limit of 8 h",
    upSeconds: 8 * 3600 + 60,
  });
});
