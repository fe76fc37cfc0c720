import type { Answers } from "./answers.ts";
import { plain } from "./yaml-text.ts";

/** The kinds of leaf that `rouse init` can begin with: one entry each, and nothing else knows them. */

export interface Kind {
  /** One line for the question. */
  hint: string;
  /** Name of the leaf where none is given. */
  leaf: string;
  listens: "always" | "perhaps" | "never";
  /** What is written into a folder that is to be built and is not there. */
  program: "server" | "job";
  /** A load balancer wants two availability zones. */
  zones(port: number | undefined): 1 | 2;
  /** The lines of the leaf between what is run and the end. */
  lines(answers: Answers, environments: readonly string[]): string[];
  wake(answers: Answers, environments: readonly string[]): string[];
  /** What to try first, in another terminal. */
  tries(answers: Answers): string[];
}

const FARGATE = "compute: { on: fargate, cpu: 256, memory: 512 } # CPU units, MiB";
const ours = ({ from }: Answers): boolean => "build" in from && !from.exists;
const health = (answers: Answers): string =>
  ours(answers) ? "health: { path: /health }" : "# health: { path: /health } # what the load balancer asks; / unless it is given";

const dns: Kind = {
  hint: "a DNS query for its name starts it, silence stops it: game servers, anything with TCP or UDP",
  leaf: "hello",
  listens: "always",
  program: "server",
  zones: () => 1,
  wake: () => ["wake: dns # a query for its name"],
  lines: ({ port }) => [
    `ports: [${port}/tcp]`,
    "compute: { on: ec2, instanceType: t3.micro } # exists only while the leaf is up",
    "watchdog:",
    "  idle: { below: 1000, for: 10m } # bytes per second into the container",
    "  leftUp: { after: 8h, stop: false }",
  ],
  tries: ({ leaf }) => [`npx rouse connect ${leaf}`, "npx rouse status"],
};

const engine = (answers: Answers): string[] => {
  const { leaf, port } = answers;
  if (port === undefined)
    return [FARGATE, "watchdog:", "  idle: never # only an event stops it, and this limit", "  leftUp: { after: 4h, stop: true }"];
  return [
    `ports: [${port}]`,
    FARGATE,
    `route: [/${leaf}, /${leaf}/*] # on the load balancer that all leaves share`,
    health(answers),
    "watchdog: { idle: { requests: none, for: 30m } }",
  ];
};

const http: Kind = {
  hint: "a request to its path starts it, half an hour without one stops it",
  leaf: "hello",
  listens: "always",
  program: "server",
  zones: () => 2,
  wake: () => ["wake: [event, http] # a request to its route, or an event that names it"],
  lines: engine,
  tries: ({ leaf }) => [`npx rouse connect ${leaf}`, "npx rouse status"],
};

const event: Kind = {
  hint: "an event starts it, another one or idleness stops it",
  leaf: "hello",
  listens: "perhaps",
  program: "server",
  zones: (port) => (port === undefined ? 1 : 2),
  wake: () => ["wake: event # source custom.app, detail-type Start ECS Task, detail: { service: <leaf> }"],
  lines: engine,
  tries: ({ leaf }) => [`npx rouse wake ${leaf}`, "npx rouse status"],
};

const schedule: Kind = {
  hint: "it runs at given times and ends by itself: reports, clean-ups",
  leaf: "report",
  listens: "never",
  program: "job",
  zones: () => 1,
  wake: (_answers, environments) => [
    "wake:",
    "  schedule: cron(0 * * * ? *) # minutes hours day-of-month month day-of-week year; or rate(1 hour)",
    ...(environments.length > 1 ? [`  enabled: { ${environments.map((name) => `${name}: ${name === "prod"}`).join(", ")} }`] : []),
  ],
  lines: () => [FARGATE],
  tries: ({ leaf }) => [`npx rouse run ${leaf}`, "npx rouse status"],
};

const always: Kind = {
  hint: "it is always up, and scales with its load",
  leaf: "api",
  listens: "perhaps",
  program: "server",
  zones: (port) => (port === undefined ? 1 : 2),
  wake: () => ["wake: always"],
  lines: (answers) => [
    ...(answers.port === undefined ? [] : [`ports: [${answers.port}]`]),
    FARGATE,
    ...(answers.port === undefined
      ? []
      : [
          health(answers),
          answers.domain
            ? `# domain: ${plain(`api.${answers.domain.name}`)} # HTTPS and a name of its own; without it the load balancer's name`
            : "# domain: api.example.com # HTTPS and a name of its own; needs domain in rouse.yaml",
        ]),
    "scale: { min: 1, max: 2, cpu: 75 } # tasks; percent of the CPU that is held",
  ],
  tries: () => ["npx rouse status"],
};

export const KINDS = { dns, http, event, schedule, always } as const satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;
