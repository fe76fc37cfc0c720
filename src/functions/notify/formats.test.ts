import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { labelOf } from "../shared/alerts.ts";
import type { Notice } from "../shared/notice.ts";
import { discordBody } from "./discord.ts";
import { hearers, type Letter, letterOf } from "./letter.ts";
import { outcomeOf } from "./outcome.ts";
import { slackBody } from "./slack.ts";
import { isSigningSecret, payloadOf, signedRequest } from "./webhook.ts";
import { dollars, upFor } from "./words.ts";

const notice: Notice = {
  id: "i-1/stopped",
  occasion: "stopped",
  application: "arcade",
  environment: "prod",
  leaf: "minecraft",
  at: "2026-03-01T12:00:00.000Z",
  why: "nobody was there",
  upSeconds: 7500,
  usd: 0.1234,
};
const letter = (more: Partial<Notice> = {}, text: { subject?: string; body?: string } = {}): Letter => {
  const full = { ...notice, ...more };
  const { id, at, occasion, leaf } = full;
  return {
    id,
    at,
    occasion,
    ...(leaf === undefined ? {} : { leaf }),
    subject: "minecraft has stopped",
    body: "Nobody was there.",
    ...text,
    notice: full,
  };
};

interface Embed {
  readonly title: string;
  readonly description: string;
  readonly fields: { name: string; value: string }[];
  readonly footer: { text: string };
}
const embedOf = (from: Letter): Embed => (discordBody(from) as { embeds: [Embed] }).embeds[0];

describe("Discord", () => {
  test("gets the text and the facts, and calls nobody", () => {
    expect(discordBody(letter())).toEqual({
      username: "Rouse",
      embeds: [
        {
          title: "minecraft has stopped",
          description: "Nobody was there.",
          color: 0x607d8b,
          fields: [
            { name: "Up for", value: "2 h 5 min", inline: true },
            { name: "Cost", value: "$0.12", inline: true },
          ],
          footer: { text: "arcade · prod" },
          timestamp: "2026-03-01T12:00:00.000Z",
        },
      ],
      allowed_mentions: { parse: [] },
    });
  });

  test("shows text as it is, whatever Markdown it would be, and leaves links alone", () => {
    const { title, description } = embedOf(letter({}, { subject: "a_b_c *x*", body: "see https://example.com/a_b_c\n# [x](y)" }));
    expect([title, description]).toEqual(["a\\_b\\_c \\*x\\*", "see https://example.com/a_b_c\n\\# \\[x\\](y)"]);
  });

  test("gets the end of a log that is too long, in a block that nothing in it ends", () => {
    const log = [...Array.from({ length: 200 }, (_, index) => `line ${index} ${"x".repeat(80)}`), "```", "the end 😀"];
    const embed = embedOf(letter({ occasion: "crashed", log }, { subject: "s".repeat(300), body: "b".repeat(9000) }));
    expect(embed.description).toMatch(/b…\n```\n…[^`]*'''\nthe end 😀\n```$/);
    const { title, description, fields, footer } = embed;
    expect(title).toHaveLength(256);
    expect(description.length).toBeLessThanOrEqual(4096);
    // Of all texts together (Discord developer documentation, "Embed limits").
    expect([title, description, footer.text, ...fields.flatMap(({ name, value }) => [name, value])].join("").length).toBeLessThanOrEqual(6000);
  });

  test("does not get a log twice", () => {
    expect(embedOf(letter({ log: ["a", "b"] }, { body: "Its last lines:\na\nb" })).description).not.toContain("```");
  });
});

describe("Slack", () => {
  test("gets blocks, and a text for those who do not see them", () => {
    expect(slackBody(letter())).toEqual({
      text: "⚪ minecraft has stopped",
      blocks: [
        { type: "header", text: { type: "plain_text", text: "⚪ minecraft has stopped", emoji: true } },
        { type: "section", text: { type: "plain_text", text: "Nobody was there.", emoji: false } },
        {
          type: "section",
          fields: [
            { type: "mrkdwn", text: "*Up for*\n2 h 5 min" },
            { type: "mrkdwn", text: "*Cost*\n$0.12" },
          ],
        },
        { type: "context", elements: [{ type: "mrkdwn", text: "arcade · prod" }] },
      ],
    });
  });

  test("calls nobody, and stays within its limits", () => {
    const body = slackBody(letter({ log: [`${"&".repeat(9000)}<!everyone>`] }, { subject: `<!channel> ${"s".repeat(300)}`, body: "b".repeat(9000) }));
    const { text, blocks } = body as { text: string; blocks: { text?: { text: string } }[] };
    expect(text).toContain("&lt;!channel&gt;");
    const texts = blocks.map((block) => block.text?.text ?? "");
    expect(texts[0]).toHaveLength(150);
    expect(texts[1]).toHaveLength(3000);
    expect(texts[3]!.length).toBeLessThanOrEqual(3000);
    expect(texts[3]).toMatch(/^```…(&amp;)+&lt;!everyone&gt;```$/);
  });
});

describe("a webhook", () => {
  const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;

  test("is signed so that the standard's library verifies it", () => {
    const { body, headers } = signedRequest(letter(), secret, new Date());
    expect(new Webhook(secret).verify(body, headers)).toEqual(payloadOf(letter()));
    expect(payloadOf(letter())).toEqual({
      type: "rouse.stopped",
      timestamp: notice.at,
      data: { ...notice, subject: "minecraft has stopped", text: "Nobody was there." },
    });
    expect(headers["webhook-id"]).toBe("i-1/stopped");
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow("No matching signature found");
  });

  test("has an id that a header can hold and that has no dot", () => {
    expect(signedRequest(letter({ id: "a.b c\r\nd" }), secret, new Date()).headers["webhook-id"]).toBe("a_b_c__d");
  });

  test.each([
    [secret, true],
    [secret.slice(6), true],
    [`whsec_${Buffer.alloc(23).toString("base64")}`, false],
    [`whsec_${Buffer.alloc(65).toString("base64")}`, false],
    ["hunter2", false],
    ["", false],
  ])("takes %s for a secret: %s", (text, is) => {
    expect(isSigningSecret(text)).toBe(is);
  });
});

describe("a message of SNS", () => {
  const sns = { MessageId: "m", Subject: null, Message: "a\nb", Timestamp: "2026-03-01T12:00:00.000Z" };

  test("that is for people only is told, too", () => {
    expect(letterOf({ Sns: sns })).toEqual({ id: "m", at: sns.Timestamp, subject: "a", body: "a\nb" });
    expect(letterOf({ Sns: { ...sns, Message: '{"AlarmName":"x"}', Subject: "ALARM" } })).toMatchObject({
      subject: "ALARM",
      body: '{"AlarmName":"x"}',
    });
    expect(letterOf({ Sns: { ...sns, MessageAttributes: { occasion: { Value: "run-failed" } } } })).toMatchObject({ occasion: "run-failed" });
  });

  test("that is for machines is read", () => {
    const Message = JSON.stringify({ ...notice, subject: "s", body: "b" });
    expect(letterOf({ Sns: { ...sns, Message } })).toEqual({
      ...{ id: notice.id, at: notice.at, occasion: "stopped", leaf: "minecraft", subject: "s", body: "b" },
      notice,
    });
  });

  test("goes to who wants it, once; a try-out to all", () => {
    const on = ["ready"] as const;
    const [a, b] = [{ kind: "slack", secret: { parameter: "/a" }, on } as const, { kind: "slack", secret: { parameter: "/b" } } as const];
    const names = (from: Letter) => hearers(from, [[a], [b, b]]).map(labelOf);
    expect([names(letter()), names(letter({ occasion: "ready" })), names(letter({ occasion: "test" }))]).toEqual([
      ["/b"],
      ["/a", "/b"],
      ["/a", "/b"],
    ]);
    const { occasion: _, ...whatever } = letter();
    expect(names(whatever)).toEqual(["/a", "/b"]);
  });
});

test.each([
  [{ status: 204, text: "" }, { ok: true }],
  [
    { status: 302, text: "" },
    { ok: false, error: "HTTP 302", again: false },
  ],
  [
    { status: 400, text: "invalid_payload" },
    { ok: false, error: "HTTP 400: invalid_payload", again: false },
  ],
  [
    { status: 404, text: "Cannot POST /hooks/s3cr3t-token" },
    { ok: false, error: "HTTP 404", again: false },
  ],
  [
    { status: 404, text: "no s3cr3t+query here" },
    { ok: false, error: "HTTP 404", again: false },
  ],
  [
    { status: 500, text: "<html>" },
    { ok: false, error: "HTTP 500", again: true },
  ],
  [
    { status: 429, text: "", retryAfter: "1.5" },
    { ok: false, error: "HTTP 429", again: true, afterMs: 1500 },
  ],
  [
    { status: 503, text: "", retryAfter: "Thu, 01 Jan 1970 00:01:00 GMT" },
    { ok: false, error: "HTTP 503", again: true, afterMs: 50_000 },
  ],
  [
    { status: 503, text: "", retryAfter: "soon" },
    { ok: false, error: "HTTP 503", again: true },
  ],
])("an answer %j means %j", (answer, expected) => {
  expect(outcomeOf(answer, "https://example.com/hooks/s3cr3t-token?key=s3cr3t%2Bquery", 10_000)).toEqual(expected);
});

test("durations and amounts are told shortly", () => {
  expect([12, 90, 3599, 3600, 90_000].map(upFor)).toEqual(["12 s", "2 min", "1 h 0 min", "1 h 0 min", "25 h 0 min"]);
  expect([0, 0.0004, 0.004, 0.126, 12].map(dollars)).toEqual(["$0.00", "$0.0004", "$0.004", "$0.13", "$12.00"]);
});
