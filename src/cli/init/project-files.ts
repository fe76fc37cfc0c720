import type { NewFile } from "../new-files.ts";
import { type Answers, DEPLOYED } from "./answers.ts";
import { deployRole } from "./deploy-role.ts";
import { KINDS } from "./kinds.ts";
import { DOCKERFILE, JOB, SERVER } from "./programs.ts";
import { readme } from "./readme.ts";
import { workflow } from "./workflow.ts";
import { plain } from "./yaml-text.ts";

/** Where a project finds the schemas that its editor checks with: in the package that it depends on. */
const schema = (name: string, up: string): string => `# yaml-language-server: $schema=${up}node_modules/rouse/schemas/${name}.schema.json`;

/** Besides `local`. On AWS a leaf that a DNS query wakes has a name in a zone that somebody owns; without one there is `local` alone. */
export function deployedTo({ kind, domain }: Answers): readonly string[] {
  return kind === "dns" && !domain ? [] : DEPLOYED;
}

/** Two environments in one account and region must not share names: nothing says that they are not in one. */
function mayShareAnAccount({ accounts }: Answers): boolean {
  const [staging, prod] = DEPLOYED.map((environment) => accounts[environment]);
  return staging === undefined || prod === undefined || staging === prod;
}

/** Every file of a new project. `package.json` and `.gitignore` are left alone where they are there already. */
export function projectFiles(answers: Answers): NewFile[] {
  const environments = deployedTo(answers);
  return [
    { path: "rouse.yaml", text: base(answers, environments) },
    ...(environments.length > 0 && mayShareAnAccount(answers) ? [{ path: "rouse.staging.yaml", text: stagingBase(answers) }] : []),
    { path: `leaves/${answers.leaf}.yaml`, text: leaf(answers, environments) },
    ...program(answers),
    { path: ".gitignore", text: "node_modules/\n.rouse/\ncdk.out/\n" },
    { path: "package.json", text: packageJson(answers) },
    { path: "README.md", text: readme(answers, environments) },
    ...(answers.github ? [{ path: ".github/workflows/rouse.yml", text: workflow(answers, environments) }] : []),
    ...(answers.github && environments.length > 0 ? [{ path: "deploy-role.yaml", text: deployRole() }] : []),
  ];
}

function base(answers: Answers, environments: readonly string[]): string {
  const { name, region, domain, accounts, kind, port } = answers;
  const zones = KINDS[kind].zones(port);
  const environment = (each: string) =>
    `  ${each}: ${accounts[each] === undefined ? "{} # the account of the credentials that deploy it" : `{ account: "${accounts[each]}" }`}`;
  return `${[
    schema("rouse", "./"),
    `name: ${plain(name)}`,
    `region: ${region}`,
    zones === 2 ? "vpc: { maxAzs: 2 } # a load balancer needs two" : "vpc: { maxAzs: 1 }",
    domain
      ? `domain: { name: ${plain(domain.name.toLowerCase())}, hostedZoneId: ${domain.hostedZoneId} }${kind === "dns" ? ` # leaves are <leaf>.${name}.${domain.name.toLowerCase()}` : ""}`
      : "# domain: { name: example.com, hostedZoneId: Z1234567890 } # a zone of yours in Route 53",
    "# alerts: { email: [admin@example.com] }",
    "environments:",
    "  local: {} # the embedded cloud on this machine",
    ...environments.map(environment),
  ].join("\n")}\n`;
}

function stagingBase({ name, domain, kind }: Answers): string {
  return `${[
    schema("rouse-overlay", "./"),
    "# What is different in staging. Two environments in one account need different names.",
    `name: ${plain(`${name}-staging`)}${kind === "dns" && domain ? ` # and so leaves in ${name}-staging.${domain.name.toLowerCase()}` : ""}`,
    ...(domain ? ["# In another account it needs a zone of that account: domain: { name: staging.example.com, hostedZoneId: Z0987654321 }"] : []),
  ].join("\n")}\n`;
}

function leaf(answers: Answers, environments: readonly string[]): string {
  const kind = KINDS[answers.kind];
  return `${[schema("leaf", "../"), ...kind.wake(answers, environments), ...runs(answers), ...kind.lines(answers, environments)].join("\n")}\n`;
}

/** What is run: an image, or a folder; our own program can also run where there is no container engine. */
function runs({ from, kind }: Answers): string[] {
  if ("image" in from) return [`image: ${plain(from.image)}`];
  const folder = `../${folderOf(from.build)}`;
  const file = KINDS[kind].program === "server" ? "server.mjs" : "job.mjs";
  const own = `process: { command: node ${file}, directory: ${plain(folder)} } # where no container engine is found (environment local only)`;
  return [`build: ${plain(folder)}`, ...(from.exists ? [] : [own])];
}

/** `./hello/` → `hello`. */
export const folderOf = (folder: string): string =>
  folder
    .split("/")
    .filter((part) => part !== "." && part !== "")
    .join("/");

function program({ from, kind, port }: Answers): NewFile[] {
  if ("image" in from || from.exists) return [];
  const folder = folderOf(from.build);
  const server = KINDS[kind].program === "server";
  return [
    { path: `${folder}/Dockerfile`, text: DOCKERFILE(server ? "server.mjs" : "job.mjs", port) },
    { path: `${folder}/${server ? "server.mjs" : "job.mjs"}`, text: server ? SERVER(port) : JOB },
  ];
}

function packageJson({ name, rouse }: Answers): string {
  const scripts = { start: "rouse up", test: "rouse validate" };
  return `${JSON.stringify({ name, private: true, scripts, devDependencies: { rouse } }, null, 2)}\n`;
}
