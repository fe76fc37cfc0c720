import { expect, test } from "vitest";
import { BASE, LEAF, load, mistakes } from "./testing.ts";

const URL = "https://discord.com/api/webhooks/123/s3cr3t";
const leaf = (alerts: string) => ({ "leaves/game.yaml": `${LEAF}alerts:\n  ${alerts}\n` });
const KEEP = "and stands in no file: keep it in SSM or Secrets Manager";
const stored = (name: string) =>
  `{ parameter: /alerts/${name} }, stored by: aws ssm put-parameter --type SecureString --name /alerts/${name} --value …`;

const cases: [string, Record<string, string>, string[]][] = [
  [
    "the URL of a Discord webhook",
    leaf(`discord: [${URL}]`),
    [`leaves/game.yaml:6:13 alerts.discord[0] | the URL of a Discord webhook is a secret (who has it can post) ${KEEP} | ${stored("discord")}`],
  ],
  [
    "the URL of a Slack webhook, without a list",
    { "rouse.yaml": `${BASE}alerts: { slack: "${URL}" }\n` },
    [`rouse.yaml:6:18 alerts.slack | the URL of a Slack webhook is a secret (who has it can post) ${KEEP} | ${stored("slack")}`],
  ],
  [
    "the same as a key",
    leaf(`slack: [{ url: "${URL}" }]`),
    [
      "leaves/game.yaml:6:11 alerts.slack[0].secret | this key is required | -",
      `leaves/game.yaml:6:13 alerts.slack[0].url | the URL of a Slack webhook is a secret (who has it can post) ${KEEP} | ${stored("slack")}`,
    ],
  ],
  [
    "a signing secret",
    leaf('webhooks: [{ url: "https://example.com/", signingSecret: whsec_s3cr3t }]'),
    [`leaves/game.yaml:6:60 alerts.webhooks[0].signingSecret | a signing secret ${KEEP.replace("and ", "")} | ${stored("signing-secret")}`],
  ],
  [
    "an occasion that is none",
    leaf("discord: [{ parameter: /d, on: [ready, crashd] }]"),
    ['leaves/game.yaml:6:42 alerts.discord[0].on[1] | "crashd" is not allowed here | crashed'],
  ],
  ["no occasion", leaf("discord: [{ parameter: /d, on: [] }]"), ["leaves/game.yaml:6:34 alerts.discord[0].on | the list is too short | -"]],
  [
    "a mistyped key of a channel",
    leaf("discord: [{ paramter: /d }]"),
    ['leaves/game.yaml:6:15 alerts.discord[0].paramter | unknown key "paramter" | parameter'],
  ],
  ["a mistyped channel", leaf("discrod: []"), ['leaves/game.yaml:6:3 alerts.discrod | unknown key "discrod" | discord']],
  [
    "a channel that is nowhere",
    leaf("slack: [{ on: [ready] }]"),
    ["leaves/game.yaml:6:11 alerts.slack[0].secret | neither secret nor parameter says where it is kept | -"],
  ],
  [
    "a channel twice",
    leaf("slack: [{ parameter: /s, on: [ready] }, { parameter: /s, on: [stopped] }]"),
    ["leaves/game.yaml:6:43 alerts.slack[1] | /s is there twice | -"],
  ],
  [
    "an address twice",
    leaf("email: [{ address: A@example.com, on: [ready] }, a@example.com]"),
    ["leaves/game.yaml:6:52 alerts.email[1] | a@example.com is there twice | -"],
  ],
  [
    "an address that is none",
    leaf("email: [{ address: friend@example, on: [ready] }]"),
    ['leaves/game.yaml:6:22 alerts.email[0].address | "friend@example" is not an e-mail address | -'],
  ],
  [
    "webhooks that would not do",
    leaf(
      [
        "webhooks:",
        "- { url: example.com/hook, signingSecret: { parameter: /s } }",
        "- { url: http://example.com/hook, signingSecret: { parameter: /s } }",
        "- { url: https://me:pass@example.com/, signingSecret: { parameter: /s, key: k } }",
        "- { url: https://example.com/ }",
      ].join("\n  "),
    ),
    [
      "leaves/game.yaml:7:12 alerts.webhooks[0].url | this is not a URL | https://example.com/hook",
      "leaves/game.yaml:8:12 alerts.webhooks[1].url | everybody on the way could read it | https://example.com/hook",
      "leaves/game.yaml:9:12 alerts.webhooks[2].url | a password does not belong in a file: the signature says who sends | -",
      "leaves/game.yaml:9:74 alerts.webhooks[2].signingSecret.key | alerts.webhooks[2].signingSecret.key does not apply here: a parameter is one value | -",
      "leaves/game.yaml:10:5 alerts.webhooks[3].signingSecret | this key is required | -",
    ],
  ],
];

test.each(cases)("%s is told", async (_, files, expected) => {
  const found = await mistakes(files);
  expect(found).toEqual(expected);
  expect(found.join("\n")).not.toContain("s3cr3t");
});

test("who hears of every leaf hears of one leaf only what is left", async () => {
  const project = await load({
    "rouse.yaml": `${BASE}alerts:\n  email: [{ address: Me@example.com, on: [crashed] }]\n  discord: [{ parameter: /all }, { parameter: /some, on: [ready, crashed] }]\n`,
    "leaves/game.yaml": `${LEAF}alerts:\n  email: [me@example.com, you@example.com]\n  discord: [{ parameter: /all, on: [ready] }, { parameter: /some, on: [ready, stopped] }, { secret: some }]\n`,
  });
  expect(project.ok && project.project.leaves[0]!.alerts).toEqual({
    email: [
      { address: "me@example.com", on: ["starting", "ready", "stopped", "left-up", "run-failed", "unplaced", "deployment-failed"] },
      "you@example.com",
    ],
    discord: [{ parameter: "/some", on: ["stopped"] }, { secret: "some" }],
  });
});
