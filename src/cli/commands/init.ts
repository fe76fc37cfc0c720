import { existsSync, lstatSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { Writable } from "node:stream";
import { type CliContext, UserError, writeJson } from "../command.ts";
import { accountFrom, type Answers, defaults, type Flags, missingFlags, portOf, wrongFlags } from "../init/answers.ts";
import { ask } from "../init/ask.ts";
import { type KindName, KINDS } from "../init/kinds.ts";
import { folderOf, projectFiles } from "../init/project-files.ts";
import { rousePackage } from "../init/rouse-package.ts";
import { writeNewFiles } from "../new-files.ts";

/** Files that a folder often has before: they stay as they are, and what they lack is said. */
const KEPT = ["package.json", ".gitignore"];

export async function run(context: CliContext, [dir]: string[], options: Record<string, unknown>): Promise<number> {
  const directory = resolve(context.directory, dir ?? ".");
  const answers = await answersFor(context, directory, options);
  const kept = KEPT.filter((path) => existsSync(join(directory, path)));
  const files = projectFiles(answers).filter(({ path }) => !kept.includes(path));
  writeNewFiles(directory, files, { force: options["force"] === true });
  if (options["json"]) {
    writeJson(context, { directory, written: files.map(({ path }) => path), kept });
    return 0;
  }
  context.stdout.write(
    report(
      context,
      directory,
      answers,
      files.map(({ path }) => path),
      kept,
    ),
  );
  return 0;
}

async function answersFor(context: CliContext, directory: string, options: Flags & { yes?: boolean }): Promise<Answers> {
  const wrong = wrongFlags(options);
  if (wrong.length > 0) throw new UserError(wrong.join("\n"));
  let flags: Flags = options;
  if (!options.yes) {
    const { stdin, stdout } = context;
    if (stdin?.isTTY && stdout.isTTY) {
      flags = await ask(flags, basename(directory), { input: stdin, output: stdout as Writable });
      const mistakes = wrongFlags(flags);
      if (mistakes.length > 0) throw new UserError(mistakes.join("\n"));
    } else {
      const missing = missingFlags(flags);
      if (missing.length > 0)
        throw new UserError(
          `there is no terminal to ask in, and these are missing:\n${missing.map((flag) => `  ${flag}`).join("\n")}\n(--yes takes the defaults.)`,
        );
    }
  }
  return complete(flags, directory);
}

/** What is still open becomes the default. */
function complete(flags: Flags, directory: string): Answers {
  const kind = (flags.kind as KindName | undefined) ?? defaults.kind;
  const leaf = flags.leaf ?? defaults.leaf(kind);
  const from = flags.image === undefined ? folder(directory, flags.build ?? `./${leaf}`) : { image: flags.image };
  const port = portOf(kind, flags, "image" in from);
  if (port === undefined && KINDS[kind].listens === "always") throw new UserError(`a leaf of kind ${kind} needs --port`);
  const accounts = (flags.account ?? []).map((each) => accountFrom(each)!);
  return {
    name: flags.name ?? defaults.name(basename(directory)),
    kind,
    leaf,
    from,
    ...(port === undefined ? {} : { port }),
    region: flags.region ?? defaults.region,
    ...(flags.domain !== undefined && flags.hostedZoneId !== undefined ? { domain: { name: flags.domain, hostedZoneId: flags.hostedZoneId } } : {}),
    accounts: Object.fromEntries(accounts.map(({ environment, account }) => [environment, account])),
    github: flags.github ?? true,
    rouse: rousePackage(directory).spec,
  };
}

function folder(directory: string, build: string): { build: string; exists: boolean } {
  const path = join(directory, folderOf(build));
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (!info) return { build, exists: false };
  if (existsSync(join(path, "Dockerfile"))) return { build, exists: true };
  throw new UserError(`--build ${build}: the folder is there, and has no Dockerfile`);
}

function report(context: CliContext, directory: string, answers: Answers, written: string[], kept: string[]): string {
  const where = relative(context.directory, directory);
  const lines = [`wrote ${written.length} files into ${directory}`, ...written.map((path) => `  ${path}`)];
  const { spec, local } = rousePackage(directory);
  if (kept.includes("package.json"))
    lines.push(`package.json was there and stays as it is; add Rouse to it: npm install --save-dev ${local ? spec.slice("file:".length) : "rouse"}`);
  else if (local)
    lines.push(`package.json asks for Rouse at ${spec}, as it runs from there; GitHub Actions needs it from a registry or a git address`);
  if (kept.includes(".gitignore")) lines.push(".gitignore was there and stays as it is; it should have: node_modules/ .rouse/ cdk.out/");
  if (answers.github && !existsSync(join(directory, ".git")))
    lines.push("GitHub reads .github/workflows in the repository's top folder: make that folder one (git init), or move the file there");
  lines.push(
    "",
    "Next:",
    ...(where === "" ? [] : [`  cd ${where}`]),
    "  npm install",
    "  npx rouse up",
    "",
    "README.md says how it goes on from there.",
  );
  return `${lines.join("\n")}\n`;
}
