import { z } from "zod";
import { cidr, count, flag, line, list, numberOf, setting } from "./pieces.ts";
import { type Architecture, DNS_LABEL, domainName, duration, email, instanceType, isDnsLabel, type Port, port } from "./values.ts";

/**
 * The one definition of `rouse.yaml` and of a leaf's file. Types, defaults, the JSON Schemas for editors (schemas/) and
 * docs/reference.md come from it. Every key says what it means, in which unit.
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const emails = (description: string) => list(email, { description, allowed: "a list of e-mail addresses" }).prefault([]).meta({ description });

// ---------------------------------------------------------------------------------------------------------- the base

const ACCOUNT = "^\\d{12}$";
const account = line({ description: "AWS account: 12 digits, in quotes.", allowed: '12 digits in quotes, such as "111111111111"', pattern: ACCOUNT });

const REGION = "^[a-z]{2,3}(?:-[a-z]+)+-\\d$";
const region = (description: string) => line({ description, allowed: "the name of an AWS region, such as us-west-2", pattern: REGION });

const vpc = z
  .strictObject({
    maxAzs: count({
      min: 1,
      max: 6,
      description: "A new network over this many availability zones (1 to 6), with public subnets and no NAT gateway.",
    }).optional(),
    cidr: cidr("Address range of the new network. Default: 10.0.0.0/16, chosen by the CDK.", { ipv4: true, prefix: [16, 28] }).optional(),
    name: line({ description: "Name (its Name tag) of a network that exists already.", allowed: "the Name tag of a VPC" }).optional(),
    default: z.literal(true).meta({ description: "The account's default network in the region.", allowed: "true" }).optional(),
  })
  .meta({
    description: "Network of all leaves. One of `maxAzs` (with `cidr`), `name` or `default: true`.",
    allowed: "one of {maxAzs: 1}, {name: my-vpc} or {default: true}",
  });

export const baseSchema = z
  .strictObject({
    name: line({
      description: "Name of the application, at most 30 characters. It tags every resource and begins the name of every stack.",
      allowed: "a letter, then letters, digits and hyphens, all lower case, at most 30",
      pattern: "^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$",
    }),
    region: region("AWS region of everything but the parts that AWS keeps in us-east-1 (DNS zones and their query logs)."),
    vpc: vpc.prefault({ maxAzs: 1 }),
    domain: z
      .strictObject({
        name: domainName("Name of a hosted zone in Route 53 that you own. Each leaf gets a name below it."),
        hostedZoneId: line({
          description: "Identifier of that hosted zone: Z and capital letters and digits.",
          allowed: "a hosted zone's ID, such as Z1234567890",
          pattern: "^Z[A-Z0-9]{1,31}$",
        }),
      })
      .meta({
        description: "Root zone for leaves that a DNS query wakes. The environment `local` does without: it uses rouse.test.",
        allowed: "{name, hostedZoneId}",
      })
      .optional(),
    alerts: z
      .strictObject({ email: emails("Addresses that hear of every leaf: starting, up, stopped, left up, crashing.") })
      .meta({ description: "Who hears of all leaves.", allowed: "{email: [address, …]}" })
      .prefault({}),
    ssh: z
      .strictObject({
        from: list(cidr("Addresses that may connect to port 22."), {
          description: "Address ranges (CIDR) that may connect to port 22.",
          allowed: "a list of CIDR ranges, such as [203.0.113.0/24]",
          min: 1,
        }),
      })
      .meta({
        description: "Opens SSH (port 22) of the instances. Without it the port is closed; Session Manager works either way.",
        allowed: "{from: [cidr, …]}",
      })
      .optional(),
    leaves: line({
      description: "Which files are leaves: a pattern from this file's folder, with * ? ** and {a,b}. Where it ends in .yaml, .yml files count too.",
      allowed: "a pattern such as leaves/*.yaml",
    }).prefault("leaves/*.yaml"),
    environments: z
      .record(
        setting("environment", "^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$", "a letter, then letters, digits and hyphens, all lower case, at most 20"),
        z
          .strictObject({
            account: account.optional(),
            region: region("Replaces the base's `region` in this environment.").optional(),
          })
          .meta({ description: "One place to deploy to.", allowed: "{account, region} or {}" }),
      )
      .meta({
        description: "Where this can be deployed. `local` (the embedded cloud) is always there, listed or not.",
        allowed: "a map from a name to {account, region}",
      })
      .prefault({}),
  })
  .meta({ title: "rouse.yaml", description: "What all leaves share." });

// ---------------------------------------------------------------------------------------------------------- a leaf

/** Keys that the design has and this version does not. Named so that the report can say so. */
export const NOT_BUILT = {
  wake: ["http", "event", "schedule", "always"],
  on: ["fargate", "fargate-spot"],
  keys: ["secrets", "route", "scale", "visibility", "watchdog.idle.requests"],
} as const;

const dns = z
  .strictObject({
    ignore: z
      .strictObject({
        resolvers: list(cidr("Resolvers whose queries do not count."), {
          description: "Address ranges (CIDR) of resolvers whose queries wake nothing: scanners, monitors.",
          allowed: "a list of CIDR ranges",
        }).prefault([]),
      })
      .meta({ description: "Queries that wake nothing.", allowed: "{resolvers: [cidr, …]}" })
      .prefault({}),
  })
  .meta({ description: "A DNS query for the leaf's name (A record, exact name) wakes it.", allowed: "{ignore: {resolvers: [cidr, …]}}" });

const WAKE_ALLOWED = "dns, [dns] or {dns: {ignore: {resolvers: [cidr, …]}}}";
const dnsWord = z.literal("dns").meta({ allowed: WAKE_ALLOWED });
const wake = z
  .union([dnsWord, z.array(dnsWord).min(1), z.strictObject({ dns: dns.prefault({}) })])
  .transform((value) => (typeof value === "string" || Array.isArray(value) ? { dns: dns.parse({}) } : value))
  .meta({ description: "What wakes the leaf. Built so far: `dns`.", allowed: WAKE_ALLOWED });

const words = (description: string) =>
  list(z.string().meta({ description: "One word.", allowed: "text" }), {
    description,
    allowed: 'a list of words, such as ["node", "server.mjs"]',
    min: 1,
  });

const textMap = (description: string) =>
  z
    .record(
      setting("variable", "^[^=]+$", "a name without ="),
      z
        .union([z.string(), z.number(), z.boolean()])
        .transform(String)
        .meta({ description: "Text; a number or boolean becomes the text it was written as.", allowed: "text, a number or a boolean" }),
    )
    .meta({ description, allowed: "a map of names and texts" })
    .prefault({});

const build = z
  .union([
    line({ description: "A folder with a Dockerfile, from the leaf file's folder.", allowed: "a folder" }),
    z.strictObject({
      context: line({ description: "A folder, from the leaf file's folder.", allowed: "a folder" }),
      dockerfile: line({ description: "The Dockerfile, from `context`.", allowed: "a file inside the context" }).prefault("Dockerfile"),
      args: textMap("Build arguments (ARG in the Dockerfile)."),
    }),
  ])
  .transform((value) => (typeof value === "string" ? { context: value, dockerfile: "Dockerfile", args: {} } : value))
  .meta({ description: "A folder to build the image from, instead of `image`.", allowed: "a folder, or {context, dockerfile, args}" });

const ABSOLUTE = "^/(?!/)[^:]+$";
const volume = z
  .strictObject({
    paths: list(line({ description: "An absolute path in the container.", allowed: "an absolute path such as /data", pattern: ABSOLUTE }), {
      description: "Absolute paths in the container where the volume is mounted, each with a folder of its own on it.",
      allowed: "a list of absolute paths, such as [/data]",
      min: 1,
    }),
    backups: flag("Back the volume up every day, where the container cannot reach the backups.").prefault(true),
    keepOnDelete: flag("Keep the volume and its data when the leaf's stack is deleted.").prefault(true),
  })
  .meta({ description: "An encrypted network file system (EFS) that outlives the container.", allowed: "{paths, backups, keepOnDelete}" });

const compute = z
  .strictObject({
    on: z
      .literal("ec2")
      .meta({ description: "What the container runs on. Built so far: `ec2`, one instance that exists only while the leaf is up.", allowed: "ec2" }),
    instanceType,
    memory: count({
      // Docker 20.10 and later reserve at least 6 MiB: ECS API reference, ContainerDefinition, memoryReservation.
      min: 6,
      max: 33_554_432,
      description: "Memory reserved for the container, in MiB. Default: what the instance has, less the host's share.",
    }).optional(),
  })
  .meta({ description: "What it runs on.", allowed: "{on: ec2, instanceType, memory}" });

// Alarm of one-minute periods over at most one day: CloudWatch API reference, PutMetricAlarm, EvaluationPeriods.
const watchdog = z
  .strictObject({
    idle: z
      .strictObject({
        below: numberOf({ min: 0, description: "Traffic into the container that still counts as nothing, in bytes per second." }).prefault(1000),
        for: duration("How long the traffic must stay below that before the leaf is put to sleep.", {
          min: MINUTE,
          max: DAY,
          wholeMinutes: true,
        }).prefault("10m"),
      })
      .meta({ description: "When nobody uses it.", allowed: "{below, for}" })
      .prefault({}),
    grace: duration("How long after the wake a DNS query counts as activity. Later ones do not, so that a monitor cannot keep the leaf up.", {
      min: 0,
      max: DAY,
      wholeMinutes: true,
    }).prefault("10m"),
    leftUp: z
      .strictObject({
        after: duration("Up for this long without a pause: somebody should look.", { min: MINUTE, max: DAY, wholeMinutes: true }).prefault("8h"),
        stop: flag("Also put the leaf to sleep then, not only alert.").prefault(false),
      })
      .meta({ description: "A leaf that was left up.", allowed: "{after, stop}" })
      .prefault({}),
    crashLoop: z
      .strictObject({
        stops: count({
          min: 2,
          max: 100,
          description:
            "How many times the container may stop by itself: this many within `within` is a crash loop, and the leaf is stopped, with one alert.",
        }).prefault(3),
        within: duration("The time in which those stops are counted.", { min: MINUTE, max: DAY, wholeMinutes: true }).prefault("15m"),
      })
      .meta({ description: "A container that keeps crashing.", allowed: "{stops, within}" })
      .prefault({}),
  })
  .meta({ description: "What puts it to sleep, and what is reported.", allowed: "{idle, grace, leftUp, crashLoop}" })
  .prefault({});

// Limits: ECS API reference, HealthCheck (interval 5 to 300 s, timeout 2 to 60 s, retries 1 to 10, startPeriod 0 to 300 s).
const health = z
  .strictObject({
    command: z
      .union([line({ description: "A shell command.", allowed: "text" }), words("A command without a shell, or with CMD or CMD-SHELL in front.")])
      .meta({
        description: "Command in the container; exit code 0 means healthy. A text runs in the container's shell.",
        allowed: "text or a list of words",
      })
      .optional(),
    path: line({
      description: "Instead of a command: an HTTP path that must answer 2xx or 3xx. The image needs curl or wget.",
      allowed: "a path such as /health",
      pattern: "^/[^\\s'\"`$\\\\]*$",
    }).optional(),
    port: count({ min: 1, max: 65_535, description: "Port for `path`. Default: the leaf's first TCP port." }).optional(),
    interval: duration("Time between two checks.", { min: 5, max: 300 }).prefault("30s"),
    timeout: duration("How long one check may take.", { min: 2, max: 60 }).prefault("5s"),
    retries: count({ min: 1, max: 10, description: "Failed checks in a row until the container is unhealthy." }).prefault(3),
    startPeriod: duration("Time after the start in which failed checks do not count.", { min: 0, max: 300 }).prefault("0s"),
  })
  .meta({
    description: "Container health check. With one, the leaf's address is published only when it passes.",
    allowed: "{command} or {path, port}, with interval, timeout, retries, startPeriod",
  });

const childProcess = z
  .union([
    line({ description: "The command as one text; quotes keep words together, no shell is involved.", allowed: "text" }),
    words("The command, word by word."),
    z.strictObject({
      command: z
        .union([
          line({ description: "The command as one text; quotes keep words together, no shell is involved.", allowed: "text" }),
          words("The command, word by word."),
        ])
        .meta({
          description: "The command: a text (quotes keep words together, no shell is involved) or a list of words.",
          allowed: "text or a list of words",
        }),
      directory: line({ description: "Working folder, from the leaf file's folder.", allowed: "a folder" }).prefault("."),
    }),
  ])
  .transform((value) => (typeof value === "string" || Array.isArray(value) ? { command: value, directory: "." } : value))
  .meta({
    description:
      "How to run it as a child process where no container engine is found (environment `local` only). It gets PORT (for the first port) and PORT_<container port> in its environment, and must listen there.",
    allowed: "a command (text or list of words), or {command, directory}",
  });

export const leafSchema = z
  .strictObject({
    wake,
    image: line({
      description: "Container image, with a tag or digest if you like.",
      allowed: "an image such as itzg/minecraft-server",
      pattern: "^\\S+$",
    }).optional(),
    build: build.optional(),
    command: words("Replaces the image's command (CMD).").optional(),
    entrypoint: words("Replaces the image's entry point (ENTRYPOINT).").optional(),
    ports: list(port, { description: "Ports that clients connect to, open to everybody.", allowed: "a list such as [25565/tcp, 19132/udp]", min: 1 }),
    environment: textMap("Environment variables of the container. Not for secrets: they can be read in the task definition."),
    compute,
    volumes: z
      .record(setting("volume", "^[a-zA-Z0-9](?:[a-zA-Z0-9_-]{0,62})$", "letters, digits, hyphens and underscores, at most 63"), volume)
      .meta({ description: "Storage that is kept while the leaf sleeps, by name.", allowed: "a map from a name to {paths, backups, keepOnDelete}" })
      .prefault({}),
    watchdog,
    alerts: z
      .strictObject({ email: emails("Addresses that hear of this leaf only.") })
      .meta({ description: "Who hears of this leaf.", allowed: "{email: [address, …]}" })
      .prefault({}),
    health: health.optional(),
    // The ECS API reference gives a maximum (120 s) and a minimum (2 s) for Fargate only; ContainerDefinition, stopTimeout.
    stopTimeout: duration("Time between the stop signal and the kill. The process can save its data in it.", { min: 2, max: 120 }).prefault("30s"),
    domain: domainName("Name of the leaf. Default: the file's name below the base's domain.").optional(),
    process: childProcess.optional(),
  })
  .meta({ title: "leaves/<leaf>.yaml", description: "One container: what wakes it, what it runs on, what puts it to sleep." });

// ---------------------------------------------------------------------------------------------- fully resolved types

type BaseFile = z.output<typeof baseSchema>;
type LeafFile = z.output<typeof leafSchema>;

/** `maxAzs`: a new network; `name`: one that exists; `default`: the account's own. */
export type Vpc = { readonly maxAzs: number; readonly cidr?: string } | { readonly name: string } | { readonly default: true };

export interface Base extends Omit<BaseFile, "vpc"> {
  /** The environment's own region already put in. */
  readonly region: string;
  readonly vpc: Vpc;
  /** In the environment `local` never undefined: `rouse.test` and `ZROUSETEST` when the file gives none. */
  readonly domain?: { readonly name: string; readonly hostedZoneId: string };
}

export interface Health {
  /** As ECS wants it: begins with CMD or CMD-SHELL. */
  readonly command: string[];
  /** Seconds. */
  readonly interval: number;
  /** Seconds. */
  readonly timeout: number;
  readonly retries: number;
  /** Seconds. */
  readonly startPeriod: number;
}

/** A leaf with all defaults in. Durations are seconds, rates bytes per second, sizes MiB, folders absolute paths. */
export interface Leaf extends Omit<LeafFile, "compute" | "health" | "process" | "domain"> {
  /** The file's name; a valid DNS label. */
  readonly name: string;
  /** Absolute path of the leaf's file. */
  readonly file: string;
  /** Exactly one of `image` and `build`. `context` is an absolute path, `dockerfile` is relative to it. */
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly args: Record<string, string> };
  readonly ports: Port[];
  readonly compute: { readonly on: "ec2"; readonly instanceType: string; readonly architecture: Architecture; readonly memory?: number };
  readonly health?: Health;
  /** Full name, lower case, no dot at the end. Always below `base.domain.name`. */
  readonly domain: string;
  readonly process?: { readonly command: string[]; readonly directory: string };
}

export interface Project {
  /** Absolute path of the folder with rouse.yaml. */
  readonly directory: string;
  readonly environment: { readonly name: string; readonly account?: string };
  readonly base: Base;
  /** Sorted by name. */
  readonly leaves: Leaf[];
}

export type { Architecture, Port } from "./values.ts";
export { DNS_LABEL, isDnsLabel };
