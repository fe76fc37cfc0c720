import type { Plan, Step } from "./plan.ts";
import type { Kept } from "./resources.ts";
import type { Outcome, StackProgress } from "./road.ts";

/** What a deployment says to people while it goes on. */

/** `Arcade-Hello: Topic create in progress` */
export const progressLine = ({ stack, resource, status }: StackProgress): string =>
  `Deploying ${stack}${resource ? `: ${resource.logicalId}` : ""} ${status.toLowerCase().replaceAll("_", " ")}`;

/** What is worth a line of its own when a step begins. */
export function stepLines(step: Step, { switches, renames, orphans }: Plan): string[] {
  switch (step.do) {
    case "delete":
      return [
        deleting(
          step.stacks.filter((stack) => orphans.includes(stack)),
          "which the files no longer have",
        ),
        deleting(
          step.stacks.filter((stack) => !orphans.includes(stack)),
          "to make them anew with another name",
        ),
      ].flat();
    case "reduce":
      return [
        ...switches.map(({ from, to, ...each }) => ({ ...each, what: `from ${kindWord(from)} to ${kindWord(to)}` })),
        ...renames.map(({ from, to, ...each }) => ({ ...each, what: `its name changes from ${from} to ${to}` })),
      ]
        .filter((each) => step.stacks.some(({ stack }) => stack.name === each.stack))
        .map(({ stack, what }) => `${stack}: ${what}, in two steps; it cannot be reached in between, its volumes stay`);
    case "deploy-first":
      return [`Deploying ${listed(step.stacks.map(({ name }) => name))} first: they use what another stack is about to drop`];
    case "deploy":
      return [];
  }
}

const deleting = (stacks: readonly { name: string }[], why: string): string[] =>
  stacks.length === 0 ? [] : [`Deleting ${listed(stacks.map(({ name }) => name))}, ${why}`];

/** A kind of leaf in the words of its `wake`. */
export const kindWord = (kind: string): string => KIND_WORDS[kind] ?? kind;

const KIND_WORDS: Readonly<Record<string, string>> = {
  engine: "http or event",
  task: "schedule",
  service: "always",
  none: "nothing (an earlier deployment stopped halfway)",
};

export const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`;

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** How it went, in a line. */
export function outcomeLine({ stacks }: Outcome, ms: number): string {
  const there = stacks.filter(({ result }) => result !== "deleted");
  const changed = there.filter(({ result }) => result !== "unchanged").length;
  const deleted = stacks.length - there.length;
  if (changed === 0 && deleted === 0) return `Nothing to deploy: ${there.length} stacks are up to date`;
  return `Deployed ${changed} of ${there.length} stacks${deleted > 0 ? ` and deleted ${deleted}` : ""} in ${seconds(ms)}`;
}

/** What failed and why; the stacks that were left out because of it are named last. */
export function failureText({ stacks }: Outcome, what = "deployment"): string {
  const failed = stacks.filter(({ result }) => result === "failed").map(({ name, reason }) => `  ${name}: ${reason ?? "no reason given"}`);
  const skipped = stacks.filter(({ result }) => result === "skipped").map(({ name }) => name);
  return [`the ${what} failed`, ...failed, ...(skipped.length > 0 ? [`  not tried, as they need it: ${skipped.join(", ")}`] : [])].join("\n");
}

/** Outputs for people; the CDK's own are references between stacks. */
export function outputsOf({ stacks }: Outcome): { stack: string; name: string; value: string }[] {
  return stacks.flatMap(({ name: stack, outputs }) =>
    Object.entries(outputs).flatMap(([name, value]) => (name.startsWith("ExportsOutput") ? [] : [{ stack, name, value }])),
  );
}

/** What stays in the account, and how to delete it by hand. */
export function keptText(kept: readonly Kept[]): string {
  const lines = kept.map(({ stack, path, type, physicalId, region }) => {
    const command = BY_HAND[type]?.(physicalId);
    return `  ${physicalId}  ${stack}/${path}${command === undefined ? `  ${type}` : `\n    aws ${command} --region ${region}`}`;
  });
  return ["What stays, as its files say (keepOnDelete), and how to delete it by hand:", ...lines].join("\n");
}

const BY_HAND: Readonly<Record<string, (id: string) => string>> = {
  "AWS::EFS::FileSystem": (id) => `efs delete-file-system --file-system-id ${id}`,
  "AWS::ECR::Repository": (id) => `ecr delete-repository --force --repository-name ${id}`,
  "AWS::S3::Bucket": (id) => `s3 rb --force s3://${id}`,
  "AWS::SecretsManager::Secret": (id) => `secretsmanager delete-secret --secret-id ${id}`,
  "AWS::Backup::BackupVault": (id) => `backup delete-backup-vault --backup-vault-name ${id}`,
};
