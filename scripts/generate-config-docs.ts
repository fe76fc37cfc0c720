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

One of \`image\` and \`build\` is required. Where an overlay gives the other one, it takes the first one back with \`null\`.`;

const NOTES = `## What is decided for you

- **Names.** A leaf's name is a DNS label: lower-case letters, digits and hyphens, at most 63. Names that differ only in case, or only in
  \`.yaml\` and \`.yml\`, are the same name, and a mistake.
- **Domains.** A leaf's domain is \`<leaf>.<domain.name>\` unless it has a \`domain\`, which must lie below \`domain.name\` too. No two leaves
  share one, and none lies below another's, because each has a hosted zone of its own. Without a \`domain\` in the base, the environment
  \`local\` uses \`rouse.test\` (zone \`ZROUSETEST\`); every other environment needs one.
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
- **Health checks** run in the container. \`path\` becomes a command with curl, or wget where there is no curl; an image with neither needs
  \`command\`. A list without \`CMD\` or \`CMD-SHELL\` in front is run without a shell. Without \`health\` a leaf is up when its container runs.
- **\`stopTimeout\`** ends at 2 minutes. AWS documents that limit for Fargate alone; here it is the same for both, so that a leaf can move.
- **\`process\`** matters only in \`local\`, and only where no container engine is found (or \`--runtime process\` is asked for). The process gets
  the leaf's \`environment\`, \`PORT\` (for the first port) and \`PORT_<container port>\` for each port, and must listen on those, on 127.0.0.1 or
  all addresses. \`directory\` is the folder of the leaf's file unless it is given. Volumes and \`entrypoint\`/\`command\` do not apply.
- **Processor.** It follows from the instance type; an image built with \`build\` is built for it.

## Known, not built yet

These are reported as such, never ignored: \`wake\`: http, event, schedule, always; \`compute.on\`: fargate, fargate-spot; the keys \`secrets\`,
\`route\`, \`scale\`, \`visibility\` and \`watchdog.idle.requests\`.`;
