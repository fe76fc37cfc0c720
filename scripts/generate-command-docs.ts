/**
 * The commands in docs/command-line.md, from the same declarations that `--help` comes from. `npm run generate` writes them;
 * src/cli/docs.test.ts fails when the page in the repository is not what it would write.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Option } from "commander";
import type { CommandSpec } from "../src/cli/command.ts";
import { commands } from "../src/cli/commands.ts";

const PAGE = "docs/command-line.md";
const [START, END] = ["<!-- commands -->", "<!-- /commands -->"];

/** @returns path from the root → content @throws Error where the markers are missing */
export function generateCommandDocs(root: string): Record<string, string> {
  const page = readFileSync(join(root, PAGE), "utf8");
  const [from, to] = [page.indexOf(START), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no ${START} … ${END}`);
  return { [PAGE]: `${page.slice(0, from)}${START}\n\n${commands.map(section).join("\n")}\n${page.slice(to)}` };
}

function section({ name, summary, arguments: own = [], options = [], examples }: CommandSpec): string {
  const usage = ["rouse", name, ...own.map(({ syntax }) => syntax), ...(options.length > 0 ? ["[options]"] : [])].join(" ");
  const items = [
    ...own.map(({ syntax, description }) => `- \`${syntax}\`: ${prose(description)}`),
    ...options.filter(({ hidden }) => !hidden).map((option) => `- \`${option.flags}\`: ${prose(option.description)}${more(option)}`),
  ];
  return [
    `### rouse ${name}`,
    "",
    `${prose(summary[0]!.toUpperCase() + summary.slice(1))}.`,
    "",
    ["```sh", usage, ...examples, "```"].join("\n"),
    ...(items.length > 0 ? ["", ...items] : []),
    "",
  ].join("\n");
}

/** What Markdown would take for its own. */
const prose = (text: string): string => text.replaceAll("<", "\\<").replaceAll("|", "\\|");

function more({ argChoices, defaultValue }: Option): string {
  const choices = argChoices ? [argChoices.join(", ")] : [];
  const byDefault = defaultValue === undefined || defaultValue === false ? [] : [`default \`${String(defaultValue)}\``];
  const both = [...choices, ...byDefault];
  return both.length === 0 ? "" : ` (${both.join("; ")})`;
}
