import { readdir, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { accessRules } from "./access-rules.ts";
import { alertRules } from "./alert-rules.ts";
import { twiceRule } from "./base-rules.ts";
import { nearest, type Path, problem, type Problem } from "./problems.ts";
import { kindOf, kindRules, wakeWords } from "./kind-rules.ts";
import { at, has, keyPlaceOf, type MapTree, placeOf, textAt } from "./tree.ts";
import { parsePort } from "./values.ts";
import { WAKE_ALLOWED, WAKES } from "./wake-schema.ts";
import { splitWords } from "./words.ts";

/**
 * What a schema of single keys cannot say. Each rule looks at the raw tree, so that it also speaks when another key of the same
 * file is wrong: all mistakes are reported at once.
 */
export async function leafRules(tree: MapTree, file: string): Promise<Problem[]> {
  const rules = [wakeRule, kindRules, (tree: MapTree) => imageRule(tree, file), portsRule, volumesRule, healthRule, processRule];
  const folder = dirname(file);
  const lists = [
    ["wake", "dns", "ignore", "resolvers"],
    ["route"],
    ["wake", "schedule"],
    ["existing", "subnets"],
    ["existing", "securityGroups"],
    ["existing", "roles"],
  ];
  return [
    ...rules.flatMap((rule) => rule(tree)),
    ...accessRules(tree, file),
    ...alertRules(tree),
    ...lists.flatMap((path) => twiceRule(tree, path)),
    ...(await buildRule(tree, folder)),
    ...(await directoryRule(tree, folder)),
  ];
}

/** Each makes a leaf of a kind of its own. */
const ALONE = new Set(["dns", "schedule", "always"]);

function wakeRule(tree: MapTree): Problem[] {
  const wake = at(tree, ["wake"]);
  if (!wake || (wake.kind === "scalar" && typeof wake.value !== "string")) return [];
  const words = wakeWords(tree);
  if (words.length === 0 && wake.kind !== "list") return [problem(wake.at, ["wake"], "nothing wakes this leaf", { allowed: WAKE_ALLOWED })];
  const place = (path: Path) => (wake.kind === "map" ? keyPlaceOf(tree, path) : placeOf(tree, path));
  const built: readonly string[] = WAKES;
  const alone = words.find(({ name }) => ALONE.has(name));
  const other = alone && words.find(({ name }) => name !== alone.name && built.includes(name));
  if (alone && other) {
    const message = `${alone.name} and ${other.name} do not go together: each makes another kind of leaf`;
    return [problem(place(alone.path), alone.path, message, { allowed: "dns, schedule or always alone, or event, http or both" })];
  }
  const bare = words.find(({ name, path }) => name === "schedule" && (wake.kind !== "map" || path.length === 1));
  if (bare) {
    const more = { allowed: "{schedule: cron(0 * * * ? *)} or {schedule: rate(5 minutes)}" };
    return [problem(place(bare.path), bare.path, "a schedule must say when", more)];
  }
  const torn = wake.kind === "map" && (textAt(wake, ["schedule"]) ?? "").match(/^cron\([^)]*$/);
  return (
    words
      .filter(({ name }) => !built.includes(name))
      // The rest of an expression that YAML has cut at its comma; the schedule's own mistake says so.
      .filter(({ name }) => !(torn && /[ )]/.test(name)) && !(torn && /^[\d,*/?#-]+$/.test(name)))
      .map(({ name, path }) => {
        const suggestion = /^(rate|cron)\(.*\)$/.test(name) ? `{ schedule: "${name}" }` : nearest(name, built);
        return problem(place(path), path, `"${name}" is nothing that can wake a leaf`, {
          allowed: WAKE_ALLOWED,
          ...(suggestion === undefined ? {} : { suggestion }),
        });
      })
  );
}

function imageRule(tree: MapTree, file: string): Problem[] {
  const [image, build] = [has(tree, ["image"]), has(tree, ["build"])];
  if (image !== build || has(tree, ["existing"])) return [];
  const allowed = "either image: name:tag or build: folder";
  // A misspelt key is reported as such, and would be the second mistake here.
  if ([...tree.entries.keys()].some((key) => key !== "image" && key !== "build" && nearest(key, ["image", "build"]))) return [];
  if (!image) return [problem(placeOf(tree, []), ["image"], "neither image nor build says what to run", { allowed })];
  const [first, second] = [keyPlaceOf(tree, ["image"]), keyPlaceOf(tree, ["build"])];
  if (first.file === second.file) return [problem(second, ["build"], "image and build exclude each other", { allowed })];
  // One of them comes from the overlay: null there takes the other one back.
  const other = second.file !== file ? { at: second, key: "build", remove: "image" } : { at: first, key: "image", remove: "build" };
  return [problem(other.at, [other.key], "image and build exclude each other", { allowed, suggestion: `${other.remove}: null beside it` })];
}

/** SSH, the Docker daemon and the ECS agent have these on every instance: ECS API reference, PortMapping, hostPort. */
const RESERVED = new Set([22, 2375, 2376, 51_678, 51_679, 51_680]);

function portsRule(tree: MapTree): Problem[] {
  const ports = at(tree, ["ports"]);
  if (ports?.kind !== "list") return [];
  const seen = new Map<string, number>();
  return ports.items.flatMap((item, index) => {
    const parsed = item.kind === "scalar" ? parsePort(String(item.value)) : undefined;
    if (!parsed || !("value" in parsed)) return [];
    const name = `${parsed.value.port}/${parsed.value.protocol}`;
    // A task of an engine has an address of its own, or a port of the instance that ECS chooses.
    if ((kindOf(tree) ?? "dns") === "dns" && parsed.value.protocol === "tcp" && RESERVED.has(parsed.value.port)) {
      return [
        problem(item.at, ["ports", index], `port ${name} is taken on every instance`, { allowed: `any but ${[...RESERVED].join(", ")} for TCP` }),
      ];
    }
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    return first === undefined ? [] : [problem(item.at, ["ports", index], `port ${name} is there twice`, { allowed: "each port once per protocol" })];
  });
}

function volumesRule(tree: MapTree): Problem[] {
  const volumes = at(tree, ["volumes"]);
  if (volumes?.kind !== "map") return [];
  const seen = new Map<string, string>();
  return [...volumes.entries.keys()].flatMap((name) => {
    const paths = at(volumes, [name, "paths"]);
    if (paths?.kind !== "list") return [];
    return paths.items.flatMap((item, index) => {
      if (item.kind !== "scalar") return [];
      const path = String(item.value).replace(/(.)\/+$/, "$1");
      const owner = seen.get(path);
      if (owner === undefined) seen.set(path, name);
      return owner === undefined
        ? []
        : [problem(item.at, ["volumes", name, "paths", index], `${path} is a mount point of volume ${owner} already`, { allowed: "each path once" })];
    });
  });
}

function healthRule(tree: MapTree): Problem[] {
  if (at(tree, ["health"])?.kind !== "map" || (kindOf(tree) ?? "dns") !== "dns") return [];
  const allowed = "{command: …} or {path: /health, port: 8080}";
  const [command, path, port] = [has(tree, ["health", "command"]), has(tree, ["health", "path"]), has(tree, ["health", "port"])];
  if (command && path) return [problem(keyPlaceOf(tree, ["health", "path"]), ["health", "path"], "command and path exclude each other", { allowed })];
  if (!command && !path) return [problem(keyPlaceOf(tree, ["health"]), ["health"], "neither command nor path says what to check", { allowed })];
  if (command && port)
    return [problem(keyPlaceOf(tree, ["health", "port"]), ["health", "port"], "port belongs to path, not to command", { allowed })];
  const ports = at(tree, ["ports"]);
  const isTcp = (text: string) => !/\/(?!tcp$)/.test(text);
  if (
    path &&
    !port &&
    ports?.kind === "list" &&
    ports.items.length > 0 &&
    !ports.items.some((item) => item.kind === "scalar" && isTcp(String(item.value)))
  ) {
    return [
      problem(placeOf(tree, ["health", "path"]), ["health", "path"], "an HTTP check needs a TCP port, and the leaf has none", {
        allowed: "add port, or use command",
      }),
    ];
  }
  return [];
}

function processRule(tree: MapTree): Problem[] {
  const path = at(tree, ["process"])?.kind === "map" ? ["process", "command"] : ["process"];
  const command = textAt(tree, path);
  if (command === undefined || splitWords(command)) return [];
  return [problem(placeOf(tree, path), path, "a quote is not closed", { allowed: "text with its quotes closed, or a list of words" })];
}

async function buildRule(tree: MapTree, folder: string): Promise<Problem[]> {
  const contextPath = at(tree, ["build"])?.kind === "map" ? ["build", "context"] : ["build"];
  const context = textAt(tree, contextPath);
  if (context === undefined || context.trim() === "") return [];
  const missing = await missingFolder(folder, context);
  if (missing) return [problem(placeOf(tree, contextPath), contextPath, ...missing)];
  const dockerfile = textAt(tree, ["build", "dockerfile"]) ?? "Dockerfile";
  const path = has(tree, ["build", "dockerfile"]) ? ["build", "dockerfile"] : contextPath;
  const directory = resolve(folder, context);
  const file = resolve(directory, dockerfile);
  if (!`${file}/`.startsWith(`${directory.replace(/\/$/, "")}/`)) {
    return [
      problem(placeOf(tree, path), path, `the Dockerfile ${dockerfile} lies outside the folder that is built`, {
        allowed: "a file inside the context",
      }),
    ];
  }
  if (await is(file, "file")) return [];
  const near = await similar(file);
  return [
    problem(placeOf(tree, path), path, `there is no file ${file}`, {
      allowed: "a folder with a Dockerfile",
      ...(near === undefined ? {} : { suggestion: near }),
    }),
  ];
}

async function directoryRule(tree: MapTree, folder: string): Promise<Problem[]> {
  const path = ["process", "directory"];
  const directory = textAt(tree, path);
  if (directory === undefined || directory.trim() === "") return [];
  const missing = await missingFolder(folder, directory);
  return missing ? [problem(placeOf(tree, path), path, ...missing)] : [];
}

async function missingFolder(folder: string, name: string): Promise<[string, { allowed: string; suggestion?: string }] | undefined> {
  const path = resolve(folder, name);
  if (await is(path, "folder")) return undefined;
  const near = await similar(path);
  const suggestion = near === undefined ? undefined : name.slice(0, name.replace(/\/+$/, "").length - basename(path).length) + near;
  return [
    `there is no folder ${path}`,
    { allowed: "a folder, from the folder of the leaf's file", ...(suggestion === undefined ? {} : { suggestion }) },
  ];
}

async function is(path: string, kind: "file" | "folder"): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (kind === "file" ? found.isFile() : found.isDirectory());
}

/** A name beside the missing one that it was probably meant to be. */
async function similar(path: string): Promise<string | undefined> {
  return nearest(basename(path), await readdir(dirname(path)).catch(() => []));
}
