import type { Letter } from "./letter.ts";
import { cut, cutStart, factsOf, inFence, logOf, placeOf, toneOf } from "./words.ts";

/** Characters (Discord developer documentation, Message resource, "Embed limits"); all texts of a message together 6000. */
const TITLE = 256;
const DESCRIPTION = 4096;
const FIELD = 1024;
/** Of the 6000 what title, fields and footer leave: half for the text, half for the log. */
const TEXT = 1800;
const LOG = 1800;

const COLORS = { good: 0x2e7d32, bad: 0xc62828, warning: 0xf9a825, calm: 0x607d8b } as const;

/** Body of Discord's Execute Webhook (Discord developer documentation, Webhook resource). */
export function discordBody(letter: Letter): object {
  const log = logOf(letter);
  const text = cut(escaped(letter.body), TEXT);
  const description = log === undefined ? text : `${text}\n\`\`\`\n${cutStart(inFence(log), LOG)}\n\`\`\``;
  return {
    username: "Rouse",
    embeds: [
      {
        title: cut(escaped(letter.subject), TITLE),
        description: cut(description, DESCRIPTION),
        color: COLORS[toneOf(letter)],
        fields: factsOf(letter.notice).map(({ name, value }) => ({ name, value: cut(escaped(value), FIELD), inline: true })),
        footer: { text: cut(placeOf(letter), TITLE) },
        timestamp: letter.at,
      },
    ],
    // A log line with @everyone calls nobody.
    allowed_mentions: { parse: [] },
  };
}

/** What is Markdown to Discord is shown as it is. Addresses stay whole: a backslash would be part of the link. */
const escaped = (text: string): string =>
  text
    .split(/(https?:\/\/\S+)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\*_~`|[\]<>]|^[#>-]/gm, String.raw`\$&`)))
    .join("");
