import {
  BootstrapEnvironments,
  CdkAppMultiContext,
  type IIoHost,
  type IoMessage,
  type IoRequest,
  type StackActivity,
  type StackMonitoringControlEvent,
  type SuccessfulDeployStackResult,
  Toolkit,
} from "@aws-cdk/toolkit-lib";
import { CloudAssembly } from "aws-cdk-lib/cx-api";
import { readWanted } from "./assembly.ts";
import { keyOf } from "./order.ts";
import type { OnProgress, Outcome, Road, StackOutcome } from "./road.ts";

/** Deploys through the CDK's toolkit, as its command line does. */

export interface ToolkitOptions {
  /** What is no progress: warnings, and errors of what is looked up. */
  readonly log: (line: string) => void;
  /** Whether to tell warnings, too. Default: true. */
  readonly warnings?: boolean;
  /** Stacks that are worked on at a time where their order allows. */
  readonly concurrency?: number;
  /** Milliseconds between two looks at a stack that is worked on. */
  readonly poll?: number;
}

const CONCURRENCY = 4;

export function toolkitRoad(options: ToolkitOptions): Road {
  const { concurrency = CONCURRENCY } = options;
  const common = { concurrency, ...(options.poll === undefined ? {} : { stackEventPollingInterval: options.poll }) };
  return {
    deploy: (assembly, onProgress) =>
      watched(assembly, onProgress, options, async (toolkit) => {
        // One request for each stack and no change set: what changes was worked out and shown before.
        await toolkit.deploy(await toolkit.fromAssemblyDirectory(assembly), { ...common, deploymentMethod: { method: "direct" } });
      }),
    destroy: (assembly, onProgress) =>
      watched(assembly, onProgress, options, async (toolkit) => {
        await toolkit.destroy(await toolkit.fromAssemblyDirectory(assembly), common);
      }),
  };
}

/** Does something with a toolkit and makes an outcome of what it says meanwhile. */
async function watched(
  assembly: string,
  onProgress: OnProgress,
  options: ToolkitOptions,
  work: (toolkit: Toolkit) => Promise<void>,
): Promise<Outcome> {
  const watch = new Watch(onProgress, options);
  let failure: string | undefined;
  try {
    await work(new Toolkit({ ioHost: watch, color: false, emojis: false }));
  } catch (error) {
    failure = error instanceof Error ? error.message : "the CDK's toolkit failed";
  }
  const stacks = readWanted(assembly).map((stack): StackOutcome => {
    const known = watch.results.get(keyOf(stack));
    const reason = watch.reasons.get(keyOf(stack));
    const base = { name: stack.name, region: stack.region, outputs: {} };
    if (known) return { ...base, ...known };
    if (reason !== undefined) return { ...base, result: "failed", reason };
    return { ...base, result: "skipped" };
  });
  if (failure === undefined) return { ok: true, stacks };
  // What fails before any resource does has no event to tell of it: an asset, a role, a template that is refused.
  if (stacks.some(({ result }) => result === "failed")) return { ok: false, stacks };
  const reason = withoutStack(failure);
  const first = stacks.findIndex(({ name, result }) => result === "skipped" && reason.includes(name));
  const at = first < 0 ? stacks.findIndex(({ result }) => result === "skipped") : first;
  return { ok: false, stacks: stacks.map((stack, index) => (index === at ? { ...stack, result: "failed", reason } : stack)) };
}

/** Without the picture that the toolkit begins its messages with. */
const withoutStack = (message: string): string => message.replace(/^\s*❌\s*/, "").trim();

/** What the toolkit tells, sorted. */
class Watch implements IIoHost {
  readonly results = new Map<string, Pick<StackOutcome, "result" | "outputs">>();
  /** Why a stack failed: the reason of its first resource that did. */
  readonly reasons = new Map<string, string>();
  private readonly created = new Set<string>();
  /** Whole stacks by the number of what the toolkit does to them: events are of their nested stacks, too. */
  private readonly roots = new Map<string, { name: string; region: string }>();
  private readonly onProgress: OnProgress;
  private readonly options: ToolkitOptions;

  constructor(onProgress: OnProgress, options: ToolkitOptions) {
    this.onProgress = onProgress;
    this.options = options;
  }

  async notify(message: IoMessage<unknown>): Promise<void> {
    if (message.code === "CDK_TOOLKIT_I5501") {
      const { deployment, stack } = message.data as StackMonitoringControlEvent;
      this.roots.set(deployment, { name: stack.stackName, region: stack.environment.region });
    }
    if (message.code === "CDK_TOOLKIT_I5502") this.event(message.data as StackActivity);
    if (message.code === "CDK_TOOLKIT_I5900") this.deployed(message.data as SuccessfulDeployStackResult);
    if (message.code === "CDK_TOOLKIT_I7900") {
      const { stackName, environment } = message.data as { stackName: string; environment: { region: string } };
      this.results.set(keyOf({ name: stackName, region: environment.region }), { result: "deleted", outputs: {} });
    }
    const isTold = message.level === "error" || (message.level === "warn" && this.options.warnings !== false);
    if (isTold) this.options.log(message.message.trim());
  }

  /** Everything was asked before: what the toolkit would ask, it may do. */
  async requestResponse<T>(message: IoRequest<unknown, T>): Promise<T> {
    return typeof message.defaultResponse === "boolean" ? (true as T) : message.defaultResponse;
  }

  private event({ event, deployment }: StackActivity): void {
    const { StackName: name, StackId: id = "", LogicalResourceId: logicalId, ResourceType: type = "", ResourceStatus: status = "" } = event;
    const { ResourceStatusReason: reason } = event;
    const region = id.split(":")[3] ?? "";
    const own = event.PhysicalResourceId === id;
    if (own && status === "CREATE_COMPLETE") this.created.add(id);
    const root = keyOf(this.roots.get(deployment) ?? { name: name!, region });
    if (status.endsWith("_FAILED") && reason !== undefined && isWhy(reason)) {
      const known = this.reasons.get(root);
      if (known === undefined || OF_NESTED.test(known)) this.reasons.set(root, own ? reason : `${logicalId} (${type}): ${reason}`);
    }
    this.onProgress({
      stack: name!,
      region,
      status,
      ...(own ? {} : { resource: { logicalId: logicalId!, type } }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  private deployed({ noOp, outputs, stackArn }: SuccessfulDeployStackResult): void {
    const [, , , region, , path] = stackArn.split(":");
    const result = noOp ? "unchanged" : this.created.has(stackArn) ? "created" : "updated";
    this.results.set(keyOf({ name: path!.split("/")[1]!, region: region! }), { result, outputs });
  }
}

/** What was given up because of another resource's failure says so, and is not why. */
const isWhy = (reason: string): boolean => !/cancelled/i.test(reason);
/** A nested stack's failure as its parent tells it: that of the resource inside says more. */
const OF_NESTED = /AWS::CloudFormation::Stack/;

/** Makes the CDK's place for templates and bundles in regions of an account. */
export async function bootstrap(account: string, regions: readonly string[], options: ToolkitOptions): Promise<void> {
  const toolkit = new Toolkit({ ioHost: new Watch(() => {}, options), color: false, emojis: false });
  await toolkit.bootstrap(BootstrapEnvironments.fromList(regions.map((region) => `aws://${account}/${region}`)));
}

/**
 * Synthesizes until nothing is left to look up (a network by its name), and keeps what was found in the project's
 * cdk.context.json, where the CDK's command line finds it too.
 * @param synthesize makes the assembly in `out`, with what is known so far
 */
export async function withLookups(
  { directory, out, options }: { directory: string; out: string; options: ToolkitOptions },
  synthesize: (context: Record<string, unknown>) => Promise<void>,
): Promise<void> {
  // Warnings are the CDK's about our own stacks.
  const toolkit = new Toolkit({ ioHost: new Watch(() => {}, { ...options, warnings: false }), color: false, emojis: false });
  const source = await toolkit.fromAssemblyBuilder(
    async ({ context }) => {
      await synthesize(context ?? {});
      return new CloudAssembly(out);
    },
    { outdir: out, disposeOutdir: false, clobberEnv: false, resolveDefaultEnvironment: false, contextStore: new CdkAppMultiContext(directory) },
  );
  await (await toolkit.synth(source)).dispose();
}
