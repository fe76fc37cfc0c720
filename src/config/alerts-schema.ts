import { z } from "zod";
import { secret } from "./access-schema.ts";
import { list } from "./pieces.ts";
import { email, ok, refuse, text } from "./values.ts";

/** Who is told, and of what. */

/** What people are told about; src/functions/shared/notice.ts says what each is. */
export const OCCASIONS = ["starting", "ready", "stopped", "left-up", "crashed", "run-failed", "unplaced", "deployment-failed"] as const;
export type AlertOccasion = (typeof OCCASIONS)[number];

/** Channels of one kind: what is said of them has to fit into one parameter of SSM (stacks/notify.ts). */
const MOST_CHANNELS = 10;

const WHERE = "{secret: name, key: key} or {parameter: name}";

const on = list(z.literal(OCCASIONS).meta({ description: "One of them.", allowed: OCCASIONS.join(", ") }), {
  description: "What it hears of. Default: everything.",
  allowed: `a list of ${OCCASIONS.join(", ")}`,
  min: 1,
}).optional();

const mail = z
  .union([email, z.strictObject({ address: email, on }).meta({ description: "An address that does not hear of everything." })])
  .meta({ description: "Who gets a mail.", allowed: "an e-mail address, or {address: admin@example.com, on: [crashed]}" });

const [inSecret, inParameter] = secret.options;

/** A channel whose URL is a secret as a whole: whoever has it can post there. */
const channel = (name: string) =>
  z.union([inSecret.extend({ on }), inParameter.extend({ on })]).meta({
    description: `Where the URL of a webhook of ${name} is kept.`,
    allowed: `{parameter: name} or {secret: name, key: key}, with on: [occasion]`,
  });

const channels = (name: string) =>
  z
    .array(channel(name))
    .max(MOST_CHANNELS)
    .meta({
      description: `Channels of ${name}, each by where the URL of its webhook is kept: in an SSM parameter (SecureString) or in AWS Secrets Manager. The URL itself is a secret and stands in no file.`,
      allowed: "a list of {parameter: name, on: [occasion, …]} or {secret: name, key: key, on: [occasion, …]}",
    })
    .optional();

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

const webhookUrl = text(
  (input) => {
    const url = URL.canParse(input) ? new URL(input) : undefined;
    if (!url || !/^https?:$/.test(url.protocol))
      return refuse("this is not a URL", /^[\w.-]+\.[a-z]{2,}(?:[/:]|$)/i.test(input) ? `https://${input}` : undefined);
    if (url.username !== "" || url.password !== "") return refuse("a password does not belong in a file: the signature says who sends");
    if (url.protocol === "http:" && !LOOPBACK.test(url.hostname))
      return refuse("everybody on the way could read it", input.replace(/^http:/i, "https:"));
    return ok(url.href);
  },
  { description: "Where it is posted to.", allowed: "a URL that begins with https:// (http:// on this machine only)" },
);

const webhook = z
  .strictObject({
    url: webhookUrl,
    signingSecret: secret.meta({
      description: "Where the secret is kept with which each request is signed (Standard Webhooks): whsec_ and 24 to 64 bytes in base64.",
      allowed: WHERE,
    }),
    on,
  })
  .meta({ description: "A program that is told.", allowed: "{url, signingSecret, on}" });

/** @param whose of which leaf, in words */
export const alerts = (whose: string) =>
  z
    .strictObject({
      email: list(mail, {
        description: `Addresses that get mails about ${whose}. Each entry of this and the other lists may say \`on\`, what it hears of: ${OCCASIONS.join(", ")}. Without it, everything.`,
        allowed: "a list of e-mail addresses, or of {address, on: [occasion, …]}",
      }).prefault([]),
      discord: channels("Discord"),
      slack: channels("Slack"),
      webhooks: z
        .array(webhook)
        .max(MOST_CHANNELS)
        .meta({
          description: "Programs that are told by signed HTTP requests: see notifications.md.",
          allowed: "a list of {url, signingSecret: {parameter: name}, on: [occasion, …]}",
        })
        .optional(),
    })
    .meta({ description: `Who hears of ${whose}.`, allowed: "{email, discord, slack, webhooks}" })
    .prefault({});

export type Alerts = z.output<ReturnType<typeof alerts>>;
