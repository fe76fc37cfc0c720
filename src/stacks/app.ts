import { App, DefaultStackSynthesizer } from "aws-cdk-lib";
import { type DnsLeaf, isDnsLeaf, isEngine, isService, isTask, type Project } from "../config/schema.ts";
import { BaseDnsStack } from "./base-dns-stack.ts";
import { BaseStack } from "./base-stack.ts";
import { DomainStack } from "./domain-stack.ts";
import { EngineStack } from "./engine-stack.ts";
import { EnginesStack } from "./engines-stack.ts";
import { LeafStack } from "./leaf-stack.ts";
import { stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";
import { ServiceStack } from "./service-stack.ts";
import { StartSystemStack } from "./start-system-stack.ts";
import { TaskStack } from "./task-stack.ts";

export interface BuildOptions {
  /** Where the assembly goes. Default: where the cdk CLI says (CDK_OUTDIR), or a temporary folder. */
  readonly outdir?: string;
  /** Folder with the functions' bundles, `<name>/index.mjs` (scripts/build-functions.mjs). */
  readonly functionsDir: string;
}

/**
 * The whole application of one environment. The caller synthesizes it.
 * @throws Error where the configuration cannot become stacks (an instance type of unknown memory, too many volumes)
 */
export function buildApp(project: Project, { outdir, functionsDir }: BuildOptions): App {
  const app = new App({
    outdir,
    analyticsReporting: false,
    // Nobody reads tree.json, and it takes a quarter of the time of a large application.
    treeMetadata: false,
    // Takes two seconds for one leaf and six for fifty, and finds what cfn-lint finds; the tests run both.
    builtinCloudFormationValidation: false,
    // The cdk CLI checks the bootstrap stack's version by the assembly's manifest; a rule in each template would be the second.
    defaultStackSynthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    context: { "@aws-cdk/aws-iam:minimizePolicies": true, "@aws-cdk/core:target-partitions": ["aws"] },
  });
  const engines = project.leaves.filter(isEngine);
  const taken = [stackNames.base(project), stackNames.baseDns(project), ...(engines.length > 0 ? [stackNames.engines(project)] : [])];
  for (const leaf of project.leaves) {
    const name = stackNames.leaf(project, leaf);
    if (taken.includes(name)) throw new Error(`leaf ${leaf.name}: its stack would be named ${name}, and so is another; give the leaf another name`);
    taken.push(name);
  }
  const base = new BaseStack(app, project, functionsDir);
  const dnsLeaves = project.leaves.filter(isDnsLeaf);
  if (dnsLeaves.length > 0) addDnsLeaves(app, { project, base, functionsDir, dnsLeaves });
  for (const leaf of engines) new EngineStack(app, { project, leaf, base, functionsDir });
  for (const leaf of project.leaves.filter(isService)) new ServiceStack(app, { project, leaf, base, functionsDir });
  for (const leaf of project.leaves.filter(isTask)) new TaskStack(app, { project, leaf, base, functionsDir });
  if (engines.length > 0) new EnginesStack(app, { project, base, functionsDir });
  // In its own region only: a value from another one would take a custom resource in each stack.
  for (const stack of app.node.children)
    if (base.application !== undefined && stack instanceof RouseStack && stack.region === base.region) stack.belongTo(base.application);
  return app;
}

function addDnsLeaves(app: App, of: { project: Project; base: BaseStack; functionsDir: string; dnsLeaves: readonly DnsLeaf[] }): void {
  const { project, base, functionsDir } = of;
  const baseDns = new BaseDnsStack(app, project, functionsDir);
  for (const leaf of of.dnsLeaves) {
    const domain = new DomainStack(app, { project, leaf, baseDns });
    const leafStack = new LeafStack(app, { project, leaf, base, domain, functionsDir });
    const startSystem = new StartSystemStack(app, { project, leaf, functionsDir });
    // Orders and no references: see domain-stack.ts and start-system-stack.ts.
    leafStack.addStackDependency(domain);
    startSystem.addStackDependency(domain);
    startSystem.addStackDependency(leafStack);
  }
}
