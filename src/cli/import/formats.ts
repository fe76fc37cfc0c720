import { basename, extname } from "node:path";
import { UserError } from "../command.ts";
import { importConfigFiles } from "./config-files.ts";
import { importContainerManager } from "./container-manager.ts";
import type { Imported, Options, Source } from "./result.ts";
import { importServiceMappings } from "./service-mappings.ts";
import { readShell } from "./shell.ts";

/** The formats that are read, one entry each. */
export const FORMATS = {
  "container-manager": {
    read: importContainerManager,
    is: ({ text, name }: Source) => isYaml(name) && /^(?:Ec2|Container|Watchdog|Vpc|Domain)\s*:/m.test(text),
  },
  "service-mappings": {
    read: importServiceMappings,
    is: ({ text }: Source) => text.trimStart().startsWith("{") && /"(?:cluster|task_definition|SERVICE_MAPPINGS)"\s*:/.test(text),
  },
  config: {
    read: importConfigFiles,
    is: ({ text, path }: Source) => /^config\.[\w-]+$/.test(basename(path)) && readShell(text).some(({ kind }) => kind === "set"),
  },
} as const satisfies Record<string, { read(sources: readonly Source[], options: Options): Imported; is(source: Source): boolean }>;

export type Format = keyof typeof FORMATS;

const isYaml = (name: string): boolean => [".yaml", ".yml"].includes(extname(name).toLowerCase());

/** @throws UserError that says what can be read */
export function formatOf(source: Source): Format {
  const found = (Object.keys(FORMATS) as Format[]).find((format) => FORMATS[format].is(source));
  if (found) return found;
  const python =
    extname(source.name) === ".py"
      ? "\nA Python table becomes JSON with: python3 -c 'import json, config; print(json.dumps(config.SERVICE_MAPPINGS))'"
      : "";
  throw new UserError(
    `${source.name}: this is none of the formats that can be read:
  container-manager   YAML with Ec2, Container and Watchdog, or a base with Vpc and Domain
  service-mappings    JSON: {"auth": {"cluster": …, "task_definition": …}}
  config              config.global and config.<environment>, with KEY=value lines
(--from <format> reads it as one of them all the same.)${python}`,
  );
}
