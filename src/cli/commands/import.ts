import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type CliContext, UserError, writeJson } from "../command.ts";
import type { Format } from "../import/formats.ts";
import { importProject, mistakesIn, type Project } from "../import/import.ts";
import type { Note, Source } from "../import/result.ts";
import { writeNewFiles } from "../new-files.ts";

export async function run(context: CliContext, names: string[], options: Record<string, unknown>): Promise<number> {
  const out = resolve(context.directory, String(options["out"]));
  const text = (key: string): string | undefined => (typeof options[key] === "string" ? options[key] : undefined);
  const list = (key: string): string[] | undefined =>
    text(key)
      ?.split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "");
  const [hostedZoneId, subnets, securityGroups] = [text("hostedZoneId"), list("subnets"), list("securityGroups")];
  const [name, region] = [text("name"), text("region")];
  const project = importProject(
    names.map((each) => read(context, each)),
    { out, ...(hostedZoneId ? { hostedZoneId } : {}), ...(subnets ? { subnets } : {}), ...(securityGroups ? { securityGroups } : {}) },
    text("from") as Format | undefined,
    { ...(name ? { name } : {}), ...(region ? { region } : {}) },
  );
  const mistakes = await mistakesIn(project, context.env);
  if (mistakes !== undefined) {
    context.stdout.write(report(project.notes));
    throw new UserError(`nothing was written, because what the files say is no project yet:\n\n${mistakes}`);
  }
  const files = project.files(out);
  if (options["json"]) {
    if (!options["dryRun"]) writeNewFiles(out, files, { force: options["force"] === true });
    const unset = [...project.variables].filter((one) => context.env[one] === undefined).sort();
    writeJson(context, { directory: out, written: !options["dryRun"], files: files.map(({ path }) => path), notes: project.notes, unset });
    return 0;
  }
  if (options["dryRun"]) for (const { path, text } of files) context.stdout.write(`--- ${path}\n${text}\n`);
  else writeNewFiles(out, files, { force: options["force"] === true });
  context.stdout.write(
    `${options["dryRun"] ? "would write" : "wrote"} ${files.length} files into ${out}\n${files.map(({ path }) => `  ${path}\n`).join("")}`,
  );
  context.stdout.write(report(project.notes) + toSet(project, context.env));
  return 0;
}

/** Far above any of these files. */
const MAX_BYTES = 256 * 1024;

function read(context: CliContext, name: string): Source {
  const path = resolve(context.directory, name);
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_BYTES) throw new UserError(`${name}: the file is too large (at most ${MAX_BYTES / 1024} KiB)`);
    return { name, path, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${name}: ${error instanceof TypeError ? "this is not a text file (UTF-8)" : error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Every note, sorted by file and line; nothing where there is none. */
function report(notes: readonly Note[]): string {
  const part = (kind: Note["kind"], title: string): string => {
    const some = notes.filter((note) => note.kind === kind).sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
    if (some.length === 0) return "";
    return `\n${title}\n${some.map(({ file, line, key, text, instead }) => `  ${file}:${line} ${key}: ${text}\n${instead === undefined ? "" : `      instead: ${instead}\n`}`).join("")}`;
  };
  return part("changed", "Carried over in other words or units:") + part("lost", "Could not be carried over:");
}

function toSet({ variables }: Project, env: CliContext["env"]): string {
  const unset = [...variables].filter((name) => env[name] === undefined).sort();
  return unset.length === 0
    ? ""
    : `\nSet these variables before rouse validate, up or deploy; they come from !ENV, or are named above:\n${unset.map((name) => `  ${name}\n`).join("")}`;
}
