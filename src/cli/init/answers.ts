import { KINDS, type KindName } from "./kinds.ts";

/** What a new project is made from: every question answered. */
export interface Answers {
  /** Of the application. */
  name: string;
  kind: KindName;
  leaf: string;
  /** An image, or a folder (from the project's folder) with a Dockerfile. */
  from: { image: string } | { build: string; /** Whether the folder is there already. */ exists: boolean };
  /** That the container listens on. Absent for what does not listen. */
  port?: number;
  region: string;
  domain?: { name: string; hostedZoneId: string };
  /** AWS accounts by environment. An environment without one is deployed to the account of the credentials. */
  accounts: Record<string, string>;
  github: boolean;
  /** What package.json asks npm for. */
  rouse: string;
}

/** As they come from the command line: nothing is checked, anything may be missing. */
export interface Flags {
  name?: string;
  kind?: string;
  leaf?: string;
  image?: string;
  build?: string;
  port?: number;
  region?: string;
  domain?: string;
  hostedZoneId?: string;
  account?: string[];
  github?: boolean;
}

/** The environments that are written besides `local`. */
export const DEPLOYED = ["staging", "prod"] as const;

/** `My Project!` → `my-project`; undefined where nothing is left that could begin a name. */
export function nameFrom(text: string, most: number): string | undefined {
  const name = text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, most)
    .replace(/-+$/, "");
  return name === "" ? undefined : name;
}

// `-staging` follows the name where both environments may be in one account, and 30 is the most for both together.
export const LONGEST_NAME = 22;

/** What is wrong with one answer, undefined where nothing is. The same words for a flag and for what somebody types. */
export const checks = {
  name: (text: string) =>
    /^[a-z](?:[a-z0-9-]{0,20}[a-z0-9])?$/.test(text) ? undefined : `a letter, then lower-case letters, digits and hyphens, at most ${LONGEST_NAME}`,
  kind: (text: string) => (Object.hasOwn(KINDS, text) ? undefined : Object.keys(KINDS).join(", ")),
  leaf: (text: string) => (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text) ? undefined : "lower-case letters, digits and hyphens, at most 63"),
  image: (text: string) => (/^[^\s"']+$/.test(text) ? undefined : "an image such as itzg/minecraft-server"),
  build: (text: string) => {
    const inside = !text.startsWith("/") && !text.split("/").includes("..") && /^[\w./-]+$/.test(text) && /\w/.test(text);
    return inside ? undefined : "a folder inside the project, of letters, digits, hyphens, dots and slashes, such as ./hello";
  },
  port: (text: string) => (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? undefined : "a number from 1 to 65535"),
  region: (text: string) => (/^[a-z]{2,3}(?:-[a-z]+)+-\d$/.test(text) ? undefined : "the name of an AWS region, such as us-west-2"),
  domain: (text: string) =>
    /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i.test(text) ? undefined : "a name such as example.com",
  hostedZoneId: (text: string) => (/^Z[A-Z0-9]{1,31}$/.test(text) ? undefined : "a hosted zone's ID, such as Z1234567890"),
  account: (text: string) => (/^\d{12}$/.test(text) ? undefined : "12 digits"),
} as const;

/** `staging=111111111111` → its two parts. */
export function accountFrom(text: string): { environment: string; account: string } | undefined {
  const match = /^(staging|prod)=(\d{12})$/.exec(text);
  return match ? { environment: match[1]!, account: match[2]! } : undefined;
}

/** What is wrong with the flags that were given: one line for each, ready to be shown. */
export function wrongFlags(flags: Flags): string[] {
  const wrong: string[] = [];
  const look = (flag: string, text: string | undefined, allowed: (text: string) => string | undefined): void => {
    const expected = text === undefined ? undefined : allowed(text);
    if (expected !== undefined) wrong.push(`${flag} ${JSON.stringify(text)}: it takes ${expected}`);
  };
  look("--name", flags.name, checks.name);
  look("--kind", flags.kind, checks.kind);
  look("--leaf", flags.leaf, checks.leaf);
  look("--image", flags.image, checks.image);
  look("--build", flags.build, checks.build);
  look("--region", flags.region, checks.region);
  look("--domain", flags.domain, checks.domain);
  look("--hosted-zone-id", flags.hostedZoneId, checks.hostedZoneId);
  for (const each of flags.account ?? [])
    look("--account", each, (text) => (accountFrom(text) ? undefined : "staging=<12 digits> or prod=<12 digits>"));
  if (flags.image !== undefined && flags.build !== undefined) wrong.push("--image and --build exclude each other");
  if (flags.domain !== undefined && flags.hostedZoneId === undefined) wrong.push("--domain needs --hosted-zone-id, the zone's ID in Route 53");
  if (flags.hostedZoneId !== undefined && flags.domain === undefined) wrong.push("--hosted-zone-id needs --domain, the zone's name");
  const kind = flags.kind !== undefined && checks.kind(flags.kind) === undefined ? KINDS[flags.kind as KindName] : undefined;
  if (kind && kind.listens === "never" && flags.port !== undefined) wrong.push(`--port: a leaf of kind ${flags.kind} is reached by nobody`);
  if (flags.kind === "dns" && (flags.account?.length ?? 0) > 0 && flags.domain === undefined)
    wrong.push("--account: on AWS a leaf that a DNS query wakes needs --domain and --hosted-zone-id");
  return wrong;
}

/** The flags that have to be given where nobody can be asked. */
export function missingFlags(flags: Flags): string[] {
  const kind = flags.kind === undefined ? undefined : KINDS[flags.kind as KindName];
  return [
    ...(flags.name === undefined ? ["--name <name>"] : []),
    ...(flags.kind === undefined ? [`--kind ${Object.keys(KINDS).join("|")}`] : []),
    ...(flags.leaf === undefined ? ["--leaf <name>"] : []),
    ...(flags.image === undefined && flags.build === undefined ? ["--image <image> or --build <folder>"] : []),
    ...(kind?.listens === "always" && flags.image !== undefined && flags.port === undefined ? ["--port <n>"] : []),
    ...(flags.region === undefined ? ["--region <region>"] : []),
  ];
}

/** What is taken where a question is not asked, or answered with Enter. */
export const defaults = {
  kind: "http" as KindName,
  name: (folder: string) => nameFrom(folder, LONGEST_NAME) ?? "app",
  leaf: (kind: KindName) => KINDS[kind].leaf,
  region: "us-west-2",
  port: 8080,
};

/** The port of a leaf: what was given, else the default where the kind or our own program listens. */
export function portOf(kind: KindName, flags: Flags, image: boolean): number | undefined {
  if (KINDS[kind].listens === "never") return undefined;
  if (flags.port !== undefined) return flags.port;
  // An image of which nobody knows whether it listens: a leaf that needs no port gets none.
  return image && KINDS[kind].listens === "perhaps" ? undefined : defaults.port;
}
