/** How a step of a plan is brought about: by the CDK's toolkit in an account, or by the embedded cloud itself. */
export interface Road {
  /** Deploys the stacks of an assembly in the order of their dependencies; what did not change is skipped. */
  deploy(assembly: string, onProgress: OnProgress): Promise<Outcome>;
  /** Deletes them, the ones that depend on others first. */
  destroy(assembly: string, onProgress: OnProgress): Promise<Outcome>;
}

export type OnProgress = (progress: StackProgress) => void;

/** What happens in a stack; `resource` is absent for the stack itself. */
export interface StackProgress {
  readonly stack: string;
  readonly region: string;
  /** CloudFormation's: `CREATE_IN_PROGRESS`. */
  readonly status: string;
  readonly resource?: { readonly logicalId: string; readonly type: string };
  readonly reason?: string;
}

export interface Outcome {
  readonly ok: boolean;
  readonly stacks: readonly StackOutcome[];
}

export interface StackOutcome {
  readonly name: string;
  readonly region: string;
  readonly result: "created" | "updated" | "unchanged" | "deleted" | "failed" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  readonly reason?: string;
}
