import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { LOCAL, LOCAL_ACCOUNT, LOCAL_DOMAIN } from "./base-rules.ts";
import type { Base, baseSchema, Health, Leaf, leafSchema, Project, Vpc } from "./schema.ts";
import { architectureOf } from "./values.ts";
import { splitWords } from "./words.ts";

type BaseFile = z.output<typeof baseSchema>;
type LeafFile = z.output<typeof leafSchema>;

/** Puts the environment's own settings in, and the choice of the network in one shape. */
export function resolveBase(file: BaseFile, environment: string): { base: Base; environment: Project["environment"] } {
  const environments: BaseFile["environments"] = { ...file.environments, [LOCAL]: file.environments[LOCAL] ?? {} };
  const own = environments[environment] ?? {};
  const account = own.account ?? (environment === LOCAL ? LOCAL_ACCOUNT : undefined);
  const domain = file.domain ?? (environment === LOCAL ? LOCAL_DOMAIN : undefined);
  return {
    base: { ...file, region: own.region ?? file.region, vpc: resolveVpc(file.vpc), environments, ...(domain === undefined ? {} : { domain }) },
    environment: { name: environment, ...(account === undefined ? {} : { account }) },
  };
}

function resolveVpc({ name, default: isDefault, maxAzs, cidr }: BaseFile["vpc"]): Vpc {
  if (name !== undefined) return { name };
  if (isDefault) return { default: true };
  return { maxAzs: maxAzs ?? 1, ...(cidr === undefined ? {} : { cidr }) };
}

/** `domain` is the full name, decided by the caller, who knows the base. */
export function resolveLeaf(leaf: LeafFile, given: { name: string; file: string; domain: string }): Leaf {
  const folder = dirname(given.file);
  const { build, health, process, compute, domain: _domain, ...rest } = leaf;
  return {
    ...rest,
    ...given,
    compute: { ...compute, architecture: architectureOf(compute.instanceType) },
    ...(build === undefined ? {} : { build: { ...build, context: resolve(folder, build.context) } }),
    ...(health === undefined ? {} : { health: resolveHealth(health, leaf) }),
    ...(process === undefined ? {} : { process: { command: wordsOf(process.command), directory: resolve(folder, process.directory) } }),
  };
}

function wordsOf(command: string | string[]): string[] {
  return typeof command === "string" ? (splitWords(command) ?? []) : command;
}

function resolveHealth({ command, path, port, ...times }: NonNullable<LeafFile["health"]>, leaf: LeafFile): Health {
  if (typeof command === "string") return { ...times, command: ["CMD-SHELL", command] };
  if (command) return { ...times, command: /^CMD(-SHELL)?$/.test(command[0] ?? "") ? command : ["CMD", ...command] };
  const to = port ?? leaf.ports.find((each) => each.protocol === "tcp")?.port;
  // A child process is given another port in PORT_<port>; a container listens on its own. Images have one of the two programs.
  const url = `"http://127.0.0.1:\${PORT_${to}:-${to}}${path}"`;
  return { ...times, command: ["CMD-SHELL", `curl -fsS -o /dev/null ${url} || wget -q -O /dev/null ${url} || exit 1`] };
}
