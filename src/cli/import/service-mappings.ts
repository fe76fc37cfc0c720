import { formatDuration, nearest } from "../../config/index.ts";
import { UserError } from "../command.ts";
import { Draft } from "./draft.ts";
import type { Imported, Note, Options, Row, Source } from "./result.ts";
import { literal } from "./variables.ts";
import { type Found, keyText, YamlSource } from "./yaml-source.ts";

/**
 * A SERVICE_MAPPINGS table of the engine starter, as JSON: alone, or beside the settings that its config.py read from the environment.
 * Its keys: config.py of jtive/start-engines-lambda; the diagrams of the same project write `target_group` and `port`.
 */

interface Target {
  leaf: Draft;
  /** Of one service; of the whole file. */
  all: Shared;
}

interface Shared {
  base: Draft;
  subnets?: string[];
  securityGroups?: string[];
  launchType?: string;
  assignPublicIp: boolean;
  regions: Set<string>;
  accounts: Set<string>;
}

interface Reader {
  value(): string | number | boolean | undefined;
  list(): string[];
  lost(text: string, instead: string): void;
  changed(text: string): void;
}

type KeyRow = Row<Reader, Target>;

const text =
  (...path: string[]) =>
  (from: Reader, { leaf }: Target): void => {
    const value = from.value();
    if (value !== undefined && value !== "") leaf.set(["existing", ...path], value);
  };

const list =
  (key: "subnets" | "securityGroups") =>
  (from: Reader, { leaf }: Target): void => {
    const values = from.list();
    if (values.length > 0) leaf.list(["existing", key], values);
  };

function targetGroup(from: Reader, { leaf, all }: Target): void {
  const value = String(from.value() ?? "");
  if (value === "") return from.lost("no target group is given, so nothing is registered", "add targetGroup and port when there is one");
  leaf.set(["existing", "targetGroup"], value);
  const [, , , region, account] = value.split(":");
  if (region) all.regions.add(region);
  if (account && /^\d{12}$/.test(account)) all.accounts.add(account);
}

export const SERVICE_ROWS: KeyRow[] = [
  { old: "cluster", becomes: "existing.cluster", how: "", carry: text("cluster") },
  { old: "task_definition", becomes: "existing.taskDefinition", how: "", carry: text("taskDefinition") },
  { old: "target_group_arn", becomes: "existing.targetGroup", how: "an empty one is left out, with the port", carry: targetGroup },
  { old: "target_group", becomes: "existing.targetGroup", how: "the same", carry: targetGroup },
  { old: "container_name", becomes: "existing.container", how: "", carry: text("container") },
  { old: "container_port", becomes: "existing.port", how: "", carry: text("port") },
  { old: "port", becomes: "existing.port", how: "the same", carry: text("port") },
  { old: "subnets", becomes: "existing.subnets", how: "where there are none: `DEFAULT_SUBNETS`, or `--subnets`", carry: list("subnets") },
  {
    old: "security_groups",
    becomes: "existing.securityGroups",
    how: "where there are none: `DEFAULT_SECURITY_GROUPS`, or `--security-groups`",
    carry: list("securityGroups"),
  },
];

const seconds =
  (key: string) =>
  (from: Reader, { all }: Target): void => {
    const value = Number(from.value());
    if (!Number.isInteger(value) || value <= 0) return from.lost("it is no number of seconds", "a whole number");
    const duration = formatDuration(value);
    from.changed(`${value} (seconds) → engines.${key}: ${duration}`);
    all.base.set(["engines", key], duration);
  };

export const SETTING_ROWS: KeyRow[] = [
  {
    old: "DEFAULT_SUBNETS",
    becomes: "existing.subnets",
    how: "of every service that has none; a list, or text with commas",
    carry: (from, { all }) => void (all.subnets = from.list()),
  },
  {
    old: "DEFAULT_SECURITY_GROUPS",
    becomes: "existing.securityGroups",
    how: "the same",
    carry: (from, { all }) => void (all.securityGroups = from.list()),
  },
  {
    old: "LAUNCH_TYPE",
    becomes: "existing.launchType",
    how: "of every service",
    carry: (from, { all }) => void (all.launchType = String(from.value() ?? "FARGATE")),
  },
  {
    old: "ASSIGN_PUBLIC_IP",
    becomes: "existing.assignPublicIp",
    how: "`ENABLED`, which is also what holds where it is missing → `true`",
    carry: (from, { all }) => void (all.assignPublicIp = from.value() !== "DISABLED"),
  },
  {
    old: "AWS_REGION",
    becomes: "rouse.yaml: region",
    how: "where it is missing: the region of the target groups",
    carry: (from, { all }) => void all.regions.add(String(from.value())),
  },
  {
    old: "AWS_ACCOUNT_ID",
    becomes: "rouse.yaml: environments.prod.account",
    how: "where it is missing: the account of the target groups",
    carry: (from, { all }) => void all.accounts.add(String(from.value())),
  },
  { old: "TASK_WAIT_TIMEOUT", becomes: "rouse.yaml: engines.limit", how: "seconds → a duration: `300` → `5m`", carry: seconds("limit") },
  { old: "TASK_POLL_INTERVAL", becomes: "rouse.yaml: engines.poll", how: "seconds → a duration: `5` → `5s`", carry: seconds("poll") },
  {
    old: "LOG_LEVEL",
    becomes: "",
    how: "what the functions log is not set",
    carry: (from) => from.lost("what the functions log is not set", "nothing"),
  },
];

export function importServiceMappings(sources: readonly Source[], options: Options): Imported {
  const imported: Imported = { base: new Draft(), overlays: new Map(), leaves: new Map(), notes: [], variables: new Set() };
  const all: Shared = { base: imported.base, assignPublicIp: true, regions: new Set(), accounts: new Set() };
  for (const file of sources.map((source) => new YamlSource(source))) {
    const services = settings(file, all, imported);
    for (const service of services) one(file, service, all, imported);
  }
  const lacking: string[] = [];
  for (const [name, { main }] of imported.leaves) {
    if (!main.has("existing", "targetGroup")) main.remove("existing", "port").remove("existing", "container");
    for (const key of ["subnets", "securityGroups"] as const) {
      const given = options[key] ?? all[key] ?? [];
      if (main.has("existing", key)) continue;
      if (given.length === 0) lacking.push(`${name}: ${key === "subnets" ? "subnets (--subnets)" : "security groups (--security-groups)"}`);
      else main.list(["existing", key], given);
    }
    if (all.launchType !== undefined) main.set(["existing", "launchType"], all.launchType);
    if (all.assignPublicIp) main.set(["existing", "assignPublicIp"], true);
  }
  if (lacking.length > 0)
    throw new UserError(
      `tasks need a network, which the old functions read from SUBNETS and SECURITY_GROUPS. Nothing is known for:\n${lacking.map((each) => `  ${each}`).join("\n")}`,
    );
  places(all, imported);
  return imported;
}

/** The settings of a file that has any, and its services. */
function settings(file: YamlSource, all: Shared, imported: Imported): Found[] {
  const top = file.top();
  const table = top.find(({ path }) => path[0] === "SERVICE_MAPPINGS");
  if (!table) return top;
  for (const found of top) {
    if (found === table) continue;
    carry(SETTING_ROWS, String(found.path[0]), new FoundReader(file, found, imported), { leaf: new Draft(), all });
  }
  return file.children(table);
}

function one(file: YamlSource, service: Found, all: Shared, imported: Imported): void {
  const old = String(service.path.at(-1));
  const name = old
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const reader = new FoundReader(file, service, imported);
  if (!file.isCollection(service) || file.isList(service) || name === "")
    return reader.lost("it is no service", "a name with {cluster, task_definition, …}");
  if (imported.leaves.has(name)) throw new UserError(`${file.source.name}:${service.line}: another service makes the leaf ${name} already`);
  if (name !== old) reader.changed(`the leaf is ${name}: events name it so from now on`);
  const leaf = new Draft();
  leaf.set(["wake"], "event");
  imported.leaves.set(name, { main: leaf, overlays: new Map() });
  for (const found of file.children(service)) carry(SERVICE_ROWS, String(found.path.at(-1)), new FoundReader(file, found, imported), { leaf, all });
  reader.lost(
    "which roles its task definition passes is not in the table",
    "list its task role and execution role in existing.roles: the functions may pass no others",
  );
}

function carry(rows: readonly KeyRow[], key: string, from: FoundReader, to: Target): void {
  const row = rows.find(({ old }) => old === key);
  if (row) return row.carry(from, to);
  const near = nearest(
    key,
    rows.map(({ old }) => old),
  );
  from.lost(
    "it is no key of the table",
    near === undefined ? "look whether a key of docs/reference.md does the same" : `was ${near} meant? Correct it, and import again`,
  );
}

/** Region and account, where all target groups agree. */
function places({ regions, accounts }: Shared, { base, notes }: Imported): void {
  const [region, ...others] = regions;
  if (region !== undefined) base.set(["region"], region);
  const note = (key: string, text: string): void =>
    void notes.push({ kind: "lost", file: "the table as a whole", line: 1, key, text, instead: "make a project of its own for each" });
  if (others.length > 0) note("region", `the services are in several regions: ${[...regions].join(", ")}`);
  const [account, ...more] = accounts;
  if (more.length > 0) note("account", `the services are in several accounts: ${[...accounts].join(", ")}`);
  base.set(["environments"], { local: {}, prod: account === undefined ? {} : { account } });
}

class FoundReader implements Reader {
  private readonly file: YamlSource;
  private readonly found: Found;
  private readonly imported: Imported;

  constructor(file: YamlSource, found: Found, imported: Imported) {
    this.file = file;
    this.found = found;
    this.imported = imported;
  }

  value(): string | number | boolean | undefined {
    const value = this.file.scalar(this.found)?.value;
    if (typeof value === "string") return literal(value);
    if (typeof value === "number" || typeof value === "boolean") return value;
    if (value !== null) this.lost("it has no value that could be read", "text or a number");
    return undefined;
  }

  /** A list, or one text with commas. */
  list(): string[] {
    const values = this.file.isList(this.found)
      ? this.file.children(this.found).map((each) => new FoundReader(this.file, each, this.imported).value())
      : String(this.value() ?? "").split(",");
    return values.map((each) => String(each ?? "").trim()).filter((each) => each !== "");
  }

  lost(text: string, instead: string): void {
    this.note({ kind: "lost", text, instead });
  }

  changed(text: string): void {
    this.note({ kind: "changed", text });
  }

  private note(note: Pick<Note, "kind" | "text" | "instead">): void {
    this.imported.notes.push({ file: this.file.source.name, line: this.found.line, key: keyText(this.found.path), ...note });
  }
}
