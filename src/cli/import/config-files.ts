import { basename, dirname } from "node:path";
import { nearest } from "../../config/index.ts";
import { UserError } from "../command.ts";
import { complete, CONFIG_ROWS, type ConfigTarget } from "./config-keys.ts";
import { Draft, overlayOf } from "./draft.ts";
import type { Imported, Note, Options, Source } from "./result.ts";
import { readShell, type Word } from "./shell.ts";
import { literal } from "./variables.ts";

/**
 * A config.global with its config.<environment>: shell files of scheduled and always-on apps.
 * Their keys: config.global, config.staging and terraform/main/variables.tf of NRD-Tech/nrdtech-golang-aws-ecs; what Terraform did where they
 * say nothing: ecs_api_service.tf, ecs_eventbridge.tf and ecs_background_service.tf there.
 */
export function importConfigFiles(sources: readonly Source[], options: Options): Imported {
  const notes = new Notes();
  const files = sources.map((source) => ({ source, environment: /^config\.(.+)$/.exec(basename(source.path))?.[1] ?? "" }));
  const globals = files.filter(({ environment }) => environment === "global");
  const others = files.filter(({ environment }) => environment !== "global").sort((a, b) => order(a.environment) - order(b.environment));
  if (globals.length > 1)
    throw new UserError(`there is one config.global, and these are several: ${globals.map(({ source }) => source.name).join(", ")}`);
  for (const { source, environment } of others)
    if (!/^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$/.test(environment) || environment === "local")
      throw new UserError(
        `${source.name}: it is named config.<environment>, and an environment's name has lower-case letters, digits and hyphens, at most 20`,
      );
  const global = globals[0]?.source;
  const environments = others.map(({ environment }) => environment);
  const shared = valuesOf(global ? [global] : [], undefined, notes);
  const each = others.map(({ source, environment }) => ({ environment, values: valuesOf(global ? [global, source] : [source], environment, notes) }));
  // What only the environments say is needed in local, too: the first of them speaks for it.
  const first = each[0]?.values ?? new Map();
  const under = new Map([...first].filter(([key]) => FIRST_SPEAKS.has(key) && !shared.has(key)).concat([...shared]));
  const main = convert(under, undefined, { environments, options, notes });
  const imported: Imported = { base: Draft.from(main.base), overlays: new Map(), leaves: new Map(), notes: [], variables: main.variables };
  const leaf = { main: Draft.from(main.leaf), overlays: new Map<string, Draft>(), build: dirname((global ?? others[0]!.source).path) };
  for (const { environment, values } of each) {
    const own = convert(values, environment, { environments, options, notes });
    const [base, over] = [overlayOf(main.base, own.base), overlayOf(main.leaf, own.leaf)];
    if (base) imported.overlays.set(environment, Draft.from(base));
    if (over) leaf.overlays.set(environment, Draft.from(over));
    for (const name of own.variables) imported.variables.add(name);
    if (own.account !== undefined) imported.base.set(["environments", environment], { account: own.account });
  }
  imported.leaves.set("app", leaf);
  // A network that exists is not in the embedded cloud.
  imported.overlays.set("local", Draft.from({ vpc: { name: null, default: null, maxAzs: 2 } }));
  imported.notes = notes.all();
  return imported;
}

const FIRST_SPEAKS = new Set([
  "TRIGGER_TYPE",
  "MIN_COUNT",
  "MAX_COUNT",
  "LAUNCH_TYPE",
  "APP_CPU",
  "APP_MEMORY",
  "CPU_ARCHITECTURE",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
]);
const order = (environment: string): number => (environment === "staging" ? 0 : environment === "prod" ? 2 : 1);

/** A value with the place that it comes from. */
export interface Setting {
  value: string;
  file: string;
  line: number;
  /** It is made by a command, or of a variable that nobody knows: the value is unknown. */
  unknown?: true;
}

/** The variables after one file was read, and then the other, as `source` does. Names as config.global writes them, in capitals. */
function valuesOf(sources: readonly Source[], environment: string | undefined, notes: Notes): Map<string, Setting> {
  const values = new Map<string, Setting>();
  const known = new Map<string, string>(environment === undefined ? [] : [["ENVIRONMENT", environment]]);
  for (const source of sources) {
    for (const statement of readShell(source.text)) {
      const place = { file: source.name, line: statement.line };
      if (statement.kind === "command") {
        notes.add({
          kind: "lost",
          ...place,
          key: "(a command)",
          text: `commands are not run: ${statement.text.slice(0, 60)}`,
          instead: "nothing for a code hash: Rouse makes one of what it builds; else do it before rouse deploy",
        });
        continue;
      }
      const key = statement.key.toUpperCase();
      const value = expand(statement.value, known);
      if (value === undefined) {
        // Without an environment a name that has one in it says nothing; the environments' own reading does.
        if (environment !== undefined || !uses(statement.value, "ENVIRONMENT")) values.set(key, { value: "", ...place, unknown: true });
        continue;
      }
      known.set(statement.key, value);
      values.set(key, { value, ...place });
    }
  }
  return values;
}

const uses = (word: Word, name: string): boolean => word.some((piece) => typeof piece !== "string" && "name" in piece && piece.name === name);

/** Undefined where a command or an unknown variable stands in it. */
function expand(word: Word, known: ReadonlyMap<string, string>): string | undefined {
  let text = "";
  for (const piece of word) {
    if (typeof piece === "string") text += piece;
    else if ("command" in piece) return undefined;
    else {
      const value = known.get(piece.name) ?? piece.fallback;
      if (value === undefined) return undefined;
      text += value;
    }
  }
  return text;
}

/** The rows' work on the variables of one environment, or of none. */
function convert(
  values: ReadonlyMap<string, Setting>,
  environment: string | undefined,
  { environments, options, notes }: { environments: readonly string[]; options: Options; notes: Notes },
): { base: Record<string, unknown>; leaf: Record<string, unknown>; account?: string; variables: Set<string> } {
  const [base, leaf] = [new Draft(), new Draft()];
  const to: ConfigTarget = {
    base,
    leaf,
    environment,
    environments,
    variables: new Set(),
    get: (key) => values.get(key)?.value || undefined,
    ...(options.hostedZoneId === undefined ? {} : { hostedZoneId: options.hostedZoneId }),
  };
  base.set(["environments"], { local: {}, ...Object.fromEntries(environments.map((name) => [name, {}])) });
  // LAUNCH_TYPE's default (variables.tf).
  leaf.set(["compute", "on"], "fargate");
  for (const [key, setting] of values) {
    const note = (note: Pick<Note, "kind" | "text" | "instead">): void => notes.add({ file: setting.file, line: setting.line, key, ...note });
    const row = CONFIG_ROWS.find(({ old }) => old.split(", ").includes(key));
    if (!row) {
      const near = nearest(
        key,
        CONFIG_ROWS.flatMap(({ old }) => old.split(", ")),
      );
      note({
        kind: "lost",
        text: "it is no key of config.global",
        instead:
          near === undefined ? "where the program reads it: environment in leaves/app.yaml" : `was ${near} meant? Correct it, and import again`,
      });
      continue;
    }
    if (setting.unknown && row.becomes !== "") {
      note({
        kind: "lost",
        text: "its value is made by a command or of a variable that is not set here",
        instead: `write the value (${row.becomes}), or put it into the file and import again`,
      });
      continue;
    }
    // Set to nothing is not set, as for Terraform's defaults.
    if (setting.value === "" && !setting.unknown) continue;
    row.carry(
      {
        value: literal(setting.value),
        lost: (text, instead) => note({ kind: "lost", text, instead }),
        changed: (text) => note({ kind: "changed", text }),
      },
      to,
    );
  }
  complete(to);
  return { base: base.plain(), leaf: leaf.plain(), variables: to.variables, ...(to.account === undefined ? {} : { account: to.account }) };
}

/** Each once: every environment reads config.global again. */
class Notes {
  private readonly notes = new Map<string, Note>();
  add(note: Note): void {
    this.notes.set(JSON.stringify(note), note);
  }
  all(): Note[] {
    return [...this.notes.values()];
  }
}
