/**
 * schemas/*.schema.json and docs/reference.md, from src/config/schema.ts. `npm run generate` writes them;
 * src/config/docs.test.ts fails when the files in the repository are not what it would write.
 */
import { jsonSchemaOf } from "../src/config/json-schema.ts";
import { rowsOf, tableOf } from "../src/config/reference.ts";
import { baseSchema, leafSchema } from "../src/config/schema.ts";

/** Path from the root of the repository → content. */
export function generateConfigDocs(): Record<string, string> {
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    "schemas/rouse.schema.json": json(jsonSchemaOf(baseSchema, { overlay: false })),
    "schemas/rouse-overlay.schema.json": json(jsonSchemaOf(baseSchema, { overlay: true })),
    "schemas/leaf.schema.json": json(jsonSchemaOf(leafSchema, { overlay: false })),
    "schemas/leaf-overlay.schema.json": json(jsonSchemaOf(leafSchema, { overlay: true })),
    "docs/reference.md": reference(),
  };
}

function reference(): string {
  return `${[INTRODUCTION, "## rouse.yaml", BASE, tableOf(rowsOf(baseSchema)), "## leaves/&lt;leaf&gt;.yaml", LEAF, tableOf(rowsOf(leafSchema)), NOTES].join("\n\n")}\n`;
}

const INTRODUCTION = `# Configuration reference

<!-- Written by scripts/generate-config-docs.ts from src/config/schema.ts. Do not edit. -->

| File | Holds |
| --- | --- |
| \`rouse.yaml\` | the base: what all leaves share |
| \`rouse.<environment>.yaml\` | what is different in one environment |
| \`leaves/<leaf>.yaml\` | one container; the file's name is the leaf's name |
| \`leaves/<leaf>.<environment>.yaml\` | what is different for it in one environment |

- **Units.** Durations are texts such as \`30s\`, \`7m\`, \`8h\`, \`1d\` or \`1h30m\`. Rates are bytes per second. Memory is MiB.
- **Overlays.** Maps merge deeply, lists and single values replace, \`null\` takes a key back. An overlay may be empty.
  Only the overlays of the environment in use are read.
- **Environments** are those under \`environments\`, and always \`local\`: the embedded cloud on this machine.
- **Variables.** \`\${VAR}\` in a value (not in a key) is read from the process environment, after the overlays are merged. One that is not
  set is a mistake; one that is set to nothing is an empty text. \`$\${\` is a literal \`\${\`, for a container's own shell. Where a number or a
  boolean is wanted, the text is read as one. Inside \`{ }\` and \`[ ]\` it needs quotes, as YAML wants it: \`[ "\${MAIL}" ]\`.
- **Nothing after a key** means that the key is not given; for an environment, a volume and \`dns:\` it means "no settings".
- **Folders** are relative to the file that names them; in \`rouse.yaml\` the pattern \`leaves\` is relative to it.
- **Anchors, aliases and the merge key** (\`<<: *name\`) work within a file. A file has at most 256 KiB, and 20,000 values with all aliases
  put in; values are nested at most 50 deep.
- **Mistakes** of all files are reported at once, each with file, line, column and key, what is allowed, and what was probably meant.
- **Editors** with the YAML language server check while you type: put
  \`# yaml-language-server: $schema=../schemas/leaf.schema.json\` (or \`rouse\`, \`leaf-overlay\`, \`rouse-overlay\`) on top of a file.`;

const BASE = `\`\`\`yaml
name: arcade
region: us-west-2
domain: { name: example.com, hostedZoneId: Z1234567890 }
environments:
  staging: { account: "111111111111" }
\`\`\``;

const LEAF = `\`\`\`yaml
wake: dns
image: itzg/minecraft-server
ports: [25565/tcp]
compute: { on: ec2, instanceType: m5.large }
\`\`\`

One of \`image\` and \`build\` is required. Where an overlay gives the other one, it takes the first one back with \`null\`.

A leaf with \`wake: event\` or \`http\` is an *engine*: a task of its own, on a path of the load balancer that all of them share.

\`\`\`yaml
wake: [event, http]
build: ./auth
ports: [8080]
compute: { on: fargate, cpu: 256, memory: 512 }
route: /api/auth/*
health: { path: /health }
watchdog: { idle: { requests: none, for: 30m } }
\`\`\`

With \`wake: {schedule: …}\` it is a *scheduled task*, which runs once per tick and ends by itself.

\`\`\`yaml
wake:
  schedule: cron(0 7 ? * MON-FRI *)
  timezone: Europe/Berlin
  enabled: { staging: false }
build: ./report
compute: { on: fargate-spot, cpu: 256, memory: 512 }
watchdog: { leftUp: { after: 1h, stop: true } }
\`\`\`

What is there already (a cluster, a task definition, a target group) is started and stopped by reference:

\`\`\`yaml
wake: event
existing:
  cluster: auth-cluster
  taskDefinition: auth-api
  targetGroup: arn:aws:elasticloadbalancing:us-west-2:111111111111:targetgroup/auth/0123456789abcdef
  port: 8080
  subnets: [subnet-0123456789abcdef0]
  securityGroups: [sg-0123456789abcdef0]
  roles: [arn:aws:iam::111111111111:role/auth-execution]
\`\`\``;

const NOTES = `## What is decided for you

- **Names.** A leaf's name is a DNS label: lower-case letters, digits and hyphens, at most 63. Names that differ only in case, or only in
  \`.yaml\` and \`.yml\`, are the same name, and a mistake.
- **Domains.** All leaves that a DNS query wakes share one hosted zone, \`<application>.<domain.name>\` or what \`domain.zone\` says, and a leaf
  is one label below it: its own name, or that of its \`domain\`. A \`domain\` that lies below \`domain.name\` and outside the shared zone gets a
  hosted zone of its own, and with \`zone: perLeaf\` every leaf has one and is \`<leaf>.<domain.name>\`. No two leaves share a name, and no zone
  lies below another one. Without a \`domain\` in the base, the environment \`local\` uses \`rouse.test\` (zone \`ZROUSETEST\`); every
  other environment needs one.
- **Ports** are the same outside and inside. The same number may be there once for TCP and once for UDP. TCP ports 22, 2375, 2376
  and 51678 to 51680 belong to the instance itself.
- **Alerts.** An address in the base hears of every leaf; in a leaf's own list it is left out, so that one event is one mail.
- **Environment variables** keep the text they were written as: \`VERSION: 1.20\` is \`1.20\`, and \`EULA: TRUE\` is \`TRUE\`.
- **Accounts.** \`local\` has the account \`000000000000\` unless it gives another. An environment without \`account\` is deployed to the account
  of the credentials that deploy it.
- **Network.** Without \`vpc\`: a new one in one availability zone, public subnets, no NAT gateway. One zone is enough for one instance.
- **The watchdog** looks once a minute, so its times are whole minutes, and a day is the longest that an alarm of one-minute periods can
  look back. \`idle.below\` is what comes into the container; an answer that only goes out is no activity.
- **\`grace\`**: nobody is connected at once after a wake. In this time DNS queries count as somebody waiting.
- **Health checks** of leaves that a DNS query wakes run in the container. \`path\` becomes a command with curl, or wget where there is no curl; an image with neither needs
  \`command\`. A list without \`CMD\` or \`CMD-SHELL\` in front is run without a shell. Without \`health\` a leaf is up when its container runs.
- **\`stopTimeout\`** ends at 2 minutes. AWS documents that limit for Fargate alone; here it is the same for both, so that a leaf can move.
- **\`process\`** matters only in \`local\`, and only where no container engine is found (or \`--runtime process\` is asked for). The process gets
  the leaf's \`environment\`, \`PORT\` (for the first port) and \`PORT_<container port>\` for each port, and must listen on those, on 127.0.0.1 or
  all addresses. \`directory\` is the folder of the leaf's file unless it is given. Volumes and \`entrypoint\`/\`command\` do not apply.
- **Processor.** It follows from the instance type, and on Fargate from \`compute.architecture\`; an image built with \`build\` is built for it.

## Engines

- **Who hears what.** \`http\` lets requests to the \`route\` wake a leaf. \`event\` says that events do; every engine hears them by its
  name, whatever else wakes it, and so do the API, workflows and schedules of \`rouse.yaml\`.
- **Which options apply** depends on the kind. One that would do nothing is a mistake: \`domain\` and \`watchdog.grace\` of an engine,
  \`route\` of a leaf that a DNS query wakes, \`ports\` of an engine without a route, \`image\` beside \`existing\`.
- **Routes.** \`/api/auth/*\` does not match \`/api/auth\`; \`route: [/api/auth, /api/auth/*]\` has both. A rule takes five patterns with five
  wildcards in all. Where two leaves' routes overlap, the one with more segments without wildcards wins. Where that does not decide,
  it is a mistake, and a \`priority\` in one of them decides.
- **Priorities** are made from the route (more literal segments: a smaller number, bands of 8,000 above 10,000; rules for one name have those up to 10,000) and from the leaf's name within the
  band, so that a new leaf changes nobody's. Should two leaves come to the same number, that is a mistake which proposes another.
- **The network** of a load balancer has two availability zones: \`vpc: { maxAzs: 2 }\`. One that is deployed with \`maxAzs: 1\` already keeps
  its addresses only if \`vpc.cidr\` is changed with it: CloudFormation makes the new subnets before it removes the old ones.
- **Fargate** takes these sizes (CPU units: MiB): 256: 512, 1024, 2048; 512: 1024 to 4096; 1024: 2048 to 8192; 2048: 4096 to 16384;
  4096: 8192 to 30720, each in steps of 1024; 8192: 16384 to 61440 in steps of 4096; 16384: 32768 to 122880 in steps of 8192.
- **\`fargate-spot\`** has no fallback of its own: a task that finds no spot capacity is refused by AWS, and then started on Fargate at its
  full price. A spot task that AWS takes back ends two minutes after its stop signal. Of a service that is always on, one task is on
  demand where \`scale.min\` is 2 or more; the others wait while Spot is short.
- **\`scale\`**: tasks are added after three minutes above a goal, taken away after fifteen below nine tenths of it. A \`max\` that is
  not more than \`min\` scales nothing.
- **\`visibility: internal\`** is another load balancer, which only the network's own addresses reach. Of \`loadBalancer\`, it has the
  \`idleTimeout\`.
- **A \`domain\` of a service** needs the base's \`domain\`, in whose zone its record and the validation of its certificate are. One load
  balancer has at most 25 of them, and a route beside it at most four patterns.
- **Health.** The load balancer asks \`path\` on the first port. A target that is new is healthy after one passed check; \`passes\` counts
  for one that was unhealthy. \`command\` is the container's own check; a task that fails it is no longer sent requests.
- **\`hold\`** is shorter than \`loadBalancer.idleTimeout\`, or the load balancer would close the connection with 504.
- **\`existing\`** services are woken by event only: their listener's rules are not Rouse's to switch. The functions may pass the \`roles\`
  listed there and no others.
- **The API** (\`engines.api\`) answers within 30 seconds, because API Gateway waits no longer.

## Scheduled tasks

- **Expressions** have six fields, of which one of the two days is \`?\`. Inside \`{ }\` and \`[ ]\` one with a comma needs quotes. A \`rate\` counts
  from its deployment and knows no time zone.
- **\`enabled: false\`** leaves the task deployed: \`rouse run\` runs it. Environments that the map does not name are enabled.
- **\`input\`** is kept in the function's environment and in a parameter, which take 4 KiB each, network and all: long texts belong into a file
  or a secret.
- **\`retries\`** are those of a start that ECS refused. A run that has begun and fails is not repeated.
- **\`leftUp\`** counts from when the container runs. [Scheduled tasks](scheduled-tasks.md) says what is mailed.

## Known, not built yet

Fargate for a leaf that a DNS query wakes is reported as such, never ignored.`;
