import { InvalidArgumentError, Option } from "commander";
import { type Assumptions, DEFAULTS } from "../cost/assumptions.ts";
import type { CommandSpec } from "./command.ts";

/** Every command of `rouse`, in the order of `rouse --help`. */

const envOption = (): Option => new Option("--env <name>", "environment of rouse.yaml; local is the embedded cloud").default("local");
const dirArgument = { syntax: "[dir]", description: "folder with rouse.yaml (default: this folder)" };
const dirOption = (): Option => new Option("--dir <dir>", "folder with rouse.yaml").default(".");
const jsonOption = (): Option => new Option("--json", "print JSON, for programs");

const yesOption = (description: string): Option => new Option("--yes", description);

function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= low && value <= high)) throw new InvalidArgumentError(`It takes a number from ${low} to ${high}.`);
    return value;
  };
}

function wholeNumberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = numberBetween(low, high)(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`It takes a whole number from ${low} to ${high}.`);
    return value;
  };
}

const portOption = (flag: string, what: string, fallback: number): Option =>
  new Option(flag, `${what}; 0 for any free one`).default(fallback).argParser(numberBetween(0, 65535));

const upOptions = (): Option[] => [
  new Option("--speed <n>", "run the cloud's time n times faster").default(1).argParser(numberBetween(0.01, 10_000)),
  new Option("--runtime <kind>", "what runs containers; chosen by itself unless told").choices(["docker", "process"]),
];

const severalOption = (flag: string, what: string): Option =>
  new Option(flag, what).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);

const assumption = (flag: string, what: string, key: keyof Assumptions, most: number): Option =>
  new Option(flag, what).default(DEFAULTS[key]).argParser(numberBetween(0, most));

export const commands: CommandSpec[] = [
  {
    name: "init",
    summary: "write a project to start from: rouse.yaml, one leaf, a workflow for GitHub Actions",
    arguments: [{ syntax: "[dir]", description: "folder for it (default: this folder)" }],
    options: [
      new Option("--name <name>", "name of the application (default: the folder's)"),
      new Option("--kind <kind>", "what wakes the first leaf: dns, http, event, schedule or always"),
      new Option("--leaf <name>", "name of that leaf"),
      new Option("--image <image>", "container image that it runs"),
      new Option("--build <folder>", "or a folder with a Dockerfile; where there is none, a small program is written"),
      new Option("--port <n>", "port that the container listens on").argParser(numberBetween(1, 65535)),
      new Option("--region <region>", "AWS region"),
      new Option("--domain <name>", "name of a hosted zone of yours in Route 53"),
      new Option("--hosted-zone-id <id>", "and its ID"),
      severalOption("--account <environment=id>", "AWS account of staging or prod; once for each"),
      new Option("--github", "write a workflow for GitHub Actions (the default)"),
      new Option("--no-github", "write none"),
      new Option("--yes", "ask nothing, take the defaults"),
      new Option("--force", "overwrite files that are there"),
      jsonOption(),
    ],
    examples: [
      "rouse init",
      "rouse init shop --kind http --leaf cart --build ./cart --yes",
      "rouse init games --kind dns --leaf minecraft --image itzg/minecraft-server --port 25565 --domain example.com --hosted-zone-id Z1234567890 --yes",
    ],
    load: () => import("./commands/init.ts"),
  },
  {
    name: "import",
    summary: "write a project from the files of a container manager, an engine starter or a config.global",
    arguments: [{ syntax: "<files...>", description: "leaf YAML, SERVICE_MAPPINGS as JSON, config.global with config.<environment>" }],
    options: [
      new Option("--out <dir>", "folder for the project").default("."),
      new Option("--from <format>", "which format; found out by itself unless told").choices(["container-manager", "service-mappings", "config"]),
      new Option("--name <name>", "name of the application, where the files have another or none"),
      new Option("--region <region>", "AWS region, the same"),
      new Option("--hosted-zone-id <id>", "config: ID of the zone that API_ROOT_DOMAIN names"),
      new Option("--subnets <ids>", "service-mappings: subnets of services that name none, with commas"),
      new Option("--security-groups <ids>", "service-mappings: their security groups, with commas"),
      new Option("--dry-run", "print what would be written"),
      new Option("--force", "overwrite files that are there"),
      jsonOption(),
    ],
    examples: [
      "rouse import base-stack-config.yaml Examples/Minecraft.yaml --out arcade",
      "rouse import mappings.json --subnets subnet-0123456789abcdef0 --security-groups sg-0123456789abcdef0 --dry-run",
      "rouse import config.global config.staging config.prod --hosted-zone-id Z1234567890",
    ],
    load: () => import("./commands/import.ts"),
  },
  {
    name: "up",
    summary: "start the embedded cloud and deploy this project into it",
    arguments: [dirArgument],
    options: [
      ...upOptions(),
      portOption("--port <n>", "port of the AWS API on 127.0.0.1", 4590),
      portOption("--dns-port <n>", "port of the DNS server on 127.0.0.1", 5300),
      portOption("--http-port <n>", "port for the load balancer's port 80, or the next that is free", 8080),
      portOption("--https-port <n>", "port for its port 443, or the next that is free", 8443),
      portOption("--console-port <n>", "port for the console, or the next that is free", 4600),
      new Option("--reset", "forget what an earlier run left: state, logs and volumes"),
      yesOption("deploy without asking, even what takes data away"),
    ],
    examples: ["rouse up", "rouse up examples/engines", "rouse up --speed 60 --runtime process"],
    load: () => import("./commands/up.ts"),
  },
  {
    name: "deploy",
    summary: "bring an environment to what the files say: an AWS account, or the embedded cloud that runs",
    options: [
      envOption(),
      dirOption(),
      yesOption("deploy without asking, even what takes data away"),
      new Option("--bootstrap", "make the CDK's place for templates and code first, where the account has none"),
      new Option("--concurrency <n>", "stacks that are deployed at a time, where their order allows").default(4).argParser(numberBetween(1, 20)),
      jsonOption(),
    ],
    examples: ["rouse deploy", "rouse deploy --env staging", "rouse deploy --env prod --yes"],
    load: () => import("./commands/deploy.ts"),
  },
  {
    name: "diff",
    summary: "show what a deployment would change",
    options: [envOption(), dirOption(), new Option("--fail", "end with exit code 1 where there are differences"), jsonOption()],
    examples: ["rouse diff --env prod", "rouse diff --env prod --fail", "rouse diff --env staging --json"],
    load: () => import("./commands/diff.ts"),
  },
  {
    name: "destroy",
    summary: "delete all stacks of an environment, also those that the files no longer have",
    options: [
      envOption(),
      dirOption(),
      yesOption("delete without asking"),
      new Option("--concurrency <n>", "stacks that are deleted at a time, where their order allows").default(4).argParser(numberBetween(1, 20)),
      jsonOption(),
    ],
    examples: ["rouse destroy --env staging", "rouse destroy --env staging --yes"],
    load: () => import("./commands/destroy.ts"),
  },
  {
    name: "synth",
    summary: "turn rouse.yaml and the leaves into a CDK cloud assembly",
    options: [envOption(), dirOption(), new Option("--out <dir>", "folder for the assembly").default("cdk.out"), jsonOption()],
    examples: ["rouse synth --env prod --out cdk.out", "npx cdk deploy --app cdk.out --all"],
    load: () => import("./commands/synth.ts"),
  },
  {
    name: "validate",
    summary: "check rouse.yaml and the leaves, and report every mistake",
    options: [envOption(), dirOption(), jsonOption()],
    examples: ["rouse validate", "rouse validate --env prod"],
    load: () => import("./commands/validate.ts"),
  },
  {
    name: "status",
    summary: "show which leaves are awake",
    arguments: [{ syntax: "[leaf]", description: "only this one" }],
    options: [envOption(), dirOption(), jsonOption()],
    examples: ["rouse status", "rouse status minecraft --env prod --json"],
    load: () => import("./commands/status.ts"),
  },
  {
    name: "watch",
    summary: "the status, live: countdowns, what happens, and one leaf's log",
    arguments: [{ syntax: "[leaf]", description: "only this one, with its log" }],
    options: [
      envOption(),
      dirOption(),
      new Option("--interval <s>", "seconds between two looks (default: 1, on AWS 10)").argParser(numberBetween(0.1, 3600)),
      new Option("--json", "print each change as one line of JSON, for programs"),
    ],
    examples: ["rouse watch", "rouse watch minecraft --env prod", "rouse watch --json | jq .what"],
    load: () => import("./commands/watch.ts"),
  },
  {
    name: "cost",
    summary: "show what the leaves cost on AWS a month: asleep, awake, always on",
    arguments: [{ syntax: "[leaf]", description: "only this one, resource by resource" }],
    options: [
      envOption(),
      dirOption(),
      assumption("--hours <h>", "hours a month for which each leaf is awake", "hours", 744),
      assumption("--minutes <m>", "minutes that a run of a scheduled task takes", "minutes", 43_200),
      assumption("--storage <gb>", "GB in each volume, and in its backups", "storage", 1e6),
      assumption("--image <gb>", "GB of each image that is built", "image", 1e4),
      assumption("--logs <mb>", "MB of log that a container writes in an hour", "logs", 1e6),
      assumption("--requests <n>", "DNS queries, messages and requests a month, of each resource that is paid by them", "requests", 1e12),
      assumption("--invocations <n>", "invocations of each function a month", "invocations", 1e12),
      assumption("--lcu <n>", "capacity units of each load balancer's traffic, on average", "lcu", 1e5),
      assumption("--spot-discount <percent>", "what Fargate Spot is cheaper by", "spotDiscount", 100),
      new Option("--prices <file>", "prices of your own, as JSON: docs/cost.md says how it looks"),
      new Option("--details", "every leaf resource by resource, with where each price was read"),
      jsonOption(),
    ],
    examples: ["rouse cost --env prod", "rouse cost minecraft --env prod --hours 60 --storage 12", "rouse cost --dir examples/engines --json"],
    load: () => import("./commands/cost.ts"),
  },
  {
    name: "alerts",
    summary: "show who is told of a leaf, and try whether it arrives",
    arguments: [{ syntax: "[leaf]", description: "its name (default: those who hear of everything)" }],
    options: [envOption(), dirOption(), new Option("--test", "tell them all that this is a test, and say whom it reached"), jsonOption()],
    examples: ["rouse alerts", "rouse alerts minecraft --test", "rouse alerts minecraft --test --env prod --json"],
    load: () => import("./commands/alerts.ts"),
  },
  {
    name: "wake",
    summary: "wake a leaf, as a visitor would",
    arguments: [{ syntax: "<leaf>", description: "its name" }],
    options: [envOption(), dirOption(), jsonOption()],
    examples: ["rouse wake minecraft", "rouse wake minecraft --env prod"],
    load: () => import("./commands/wake.ts"),
  },
  {
    name: "sleep",
    summary: "put a leaf to sleep now",
    arguments: [{ syntax: "<leaf>", description: "its name" }],
    options: [envOption(), dirOption(), jsonOption()],
    examples: ["rouse sleep minecraft"],
    load: () => import("./commands/sleep.ts"),
  },
  {
    name: "logs",
    summary: "show what a leaf's container has written, and follow it",
    arguments: [{ syntax: "<leaf>", description: "its name" }],
    options: [
      envOption(),
      dirOption(),
      new Option("-f, --follow", "go on with what comes, until Ctrl-C"),
      new Option("--since <duration>", "how far back").default("1h"),
      new Option("--filter <pattern>", "only lines that match this filter pattern of CloudWatch Logs"),
      jsonOption(),
    ],
    examples: ["rouse logs hello -f", 'rouse logs report --since 7d --filter "?ERROR ?WARN" --env prod'],
    load: () => import("./commands/logs.ts"),
  },
  {
    name: "run",
    summary: "run a scheduled task now, show its log and end with its exit code",
    arguments: [{ syntax: "<leaf>", description: "its name" }],
    options: [
      envOption(),
      dirOption(),
      new Option("--no-follow", "start it and do not wait for its end"),
      new Option("--overlap", "start it beside a run that goes on, whatever its file says"),
      jsonOption(),
    ],
    examples: ["rouse run report", "rouse run report --env prod --no-follow"],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "connect",
    summary: "visit a leaf as its clients do, by DNS or by HTTP, and show how long each phase took",
    arguments: [{ syntax: "<leaf>", description: "its name" }],
    options: [
      envOption(),
      dirOption(),
      new Option("--timeout <s>", "give up after so many seconds").default(600).argParser(numberBetween(1, 3600)),
      jsonOption(),
    ],
    examples: ["rouse connect hello", "rouse connect auth --dir examples/engines"],
    load: () => import("./commands/connect.ts"),
  },
  {
    name: "history",
    summary: "what woke a leaf, how long each phase took, why it slept and what that cost",
    arguments: [{ syntax: "[leaf]", description: "one leaf, with each phase of its wakes (default: all)" }],
    options: [envOption(), dirOption(), new Option("--since <duration>", "how far back: 12h, 7d").default("7d"), jsonOption()],
    examples: ["rouse history", "rouse history minecraft --since 30d", "rouse history --env prod --json"],
    load: () => import("./commands/history.ts"),
  },
  {
    name: "simulate",
    summary: "see how the leaves would wake and sleep over weeks, and what that would cost, in a few seconds",
    arguments: [{ syntax: "[leaf]", description: "only this leaf has visitors (default: all)" }],
    options: [
      envOption(),
      dirOption(),
      new Option("--pattern <name>", "when people come").choices(["evenings", "office", "weekend", "steady", "rare", "none"]).default("evenings"),
      new Option("--visits <file>", "or a CSV file of visits: leaf,start,minutes (docs/simulating.md)"),
      new Option("--days <n>", "how many days (default: 30; with --visits, until the last visit)").argParser(wholeNumberBetween(1, 366)),
      new Option("--scanners <n>", "queries and requests a day of bots, for each leaf").default(0.2).argParser(numberBetween(0, 1000)),
      new Option("--rate <n>", "bytes per second that a user sends to a DNS leaf (default: three times its idle threshold)").argParser(
        numberBetween(0, 1e9),
      ),
      new Option("--requests <n>", "requests per minute of a user of an engine").default(1).argParser(numberBetween(0, 600)),
      new Option("--retry <s>", "seconds after which a user tries again, while it does not answer").default(20).argParser(numberBetween(1, 600)),
      new Option("--timezone <name>", "of the pattern's hours and of the days").default("UTC"),
      new Option("--seed <n>", "another number gives other visits and times").default(1).argParser(wholeNumberBetween(0, 4_294_967_295)),
      severalOption("--boot <times>", "what steps of a wake take: instance=30s,healthy=45s or minecraft.healthy=2m; may be given again"),
      assumption("--image <gb>", "GB of each image", "image", 1000),
      assumption("--minutes <n>", "minutes of a run of a scheduled task", "minutes", 100_000),
      new Option("--svg <file>", "draw a picture into a file"),
      jsonOption(),
    ],
    examples: [
      "rouse simulate",
      "rouse simulate minecraft --pattern weekend --boot healthy=90s",
      "rouse simulate --visits trace.csv --svg month.svg",
    ],
    load: () => import("./commands/simulate.ts"),
  },
  {
    name: "console",
    summary: "serve the console, a web page to see and steer an environment; rouse up serves that of the embedded cloud",
    options: [
      envOption(),
      dirOption(),
      new Option("--port <n>", "port on 127.0.0.1; 0 for any free one (default: 4601, or the next that is free)").argParser(numberBetween(0, 65535)),
      new Option("--open", "open it in the browser"),
    ],
    examples: ["rouse console --env prod", "rouse console --env prod --open"],
    load: () => import("./commands/console.ts"),
  },
  {
    name: "open",
    summary: "open the console that runs in the browser",
    options: [envOption(), dirOption(), new Option("--print", "only print its address"), jsonOption()],
    examples: ["rouse open", "rouse open --env prod", "rouse open --print"],
    load: () => import("./commands/open.ts"),
  },
  {
    name: "diagram",
    summary: "draw what is where and who calls whom, from the synthesized templates",
    arguments: [{ syntax: "[leaf]", description: "this leaf and what it shares (default: all)" }],
    options: [
      envOption(),
      dirOption(),
      new Option("--show <what>", "what sets off what, or what the stacks take from each other")
        .choices(["architecture", "stacks"])
        .default("architecture"),
      new Option("--format <format>", "mermaid unless told, or svg where --out ends so").choices(["mermaid", "svg"]),
      new Option("--out <file>", "write it there instead of printing it"),
      new Option("--json", "print boxes, nodes and arrows as JSON, for programs"),
    ],
    examples: [
      "rouse diagram hello --out hello.svg",
      "rouse diagram --show stacks --env prod",
      "rouse diagram auth --dir examples/engines > auth.mmd",
    ],
    load: () => import("./commands/diagram.ts"),
  },
  {
    name: "completion",
    summary: "print a script that lets a shell complete commands, options, leaves and environments",
    arguments: [{ syntax: "<shell>", description: "bash, zsh, fish or powershell" }],
    examples: ["rouse completion bash > ~/.rouse-completion && echo 'source ~/.rouse-completion' >> ~/.bashrc", "source <(rouse completion zsh)"],
    load: () => import("./commands/completion.ts"),
  },
  {
    name: "demo",
    summary: "watch a leaf wake on a DNS query, stay up while it is used, and fall asleep again, in sped-up time",
    options: [new Option("--runtime <kind>", "what runs containers; chosen by itself unless told").choices(["docker", "process"]), dirOption()],
    examples: ["rouse demo"],
    load: () => import("./commands/demo.ts"),
  },
];
