import type { Letter } from "./letter.ts";
import { cut, cutStart, factsOf, inFence, logOf, placeOf, toneOf } from "./words.ts";

/** Characters (Slack developer documentation, "Header block", "Section block"). */
const HEADER = 150;
const SECTION = 3000;
const FIELD = 2000;

const SIGNS = { good: "🟢", bad: "🔴", warning: "🟡", calm: "⚪" } as const;

/** Body of an incoming webhook of Slack. `text` is what notifications and screen readers show. */
export function slackBody(letter: Letter): object {
  const facts = factsOf(letter.notice);
  const log = logOf(letter);
  const subject = `${SIGNS[toneOf(letter)]} ${letter.subject}`;
  return {
    text: cut(escaped(subject), SECTION),
    blocks: [
      { type: "header", text: { type: "plain_text", text: cut(subject, HEADER), emoji: true } },
      // Plain, so that nothing in it is taken for Slack's markup.
      ...(letter.body === "" ? [] : [{ type: "section", text: { type: "plain_text", text: cut(letter.body, SECTION), emoji: false } }]),
      ...(facts.length === 0
        ? []
        : [{ type: "section", fields: facts.map(({ name, value }) => ({ type: "mrkdwn", text: cut(`*${name}*\n${escaped(value)}`, FIELD) })) }]),
      ...(log === undefined ? [] : [{ type: "section", text: { type: "mrkdwn", text: `\`\`\`${cutEscaped(inFence(log))}\`\`\`` } }]),
      { type: "context", elements: [{ type: "mrkdwn", text: escaped(placeOf(letter)) }] },
    ],
  };
}

/** Slack developer documentation, "Formatting text for app surfaces": these three begin markup, `<!everyone>` among it. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The end of a log, escaped, with no entity cut in two. */
function cutEscaped(log: string): string {
  for (let most = SECTION - 6; ; most = Math.floor(most * 0.8)) {
    const text = escaped(cutStart(log, most));
    if (text.length <= SECTION - 6) return text;
  }
}
