import type { Scope } from "./scope.ts";

/** Who is calling. `service` principals (such as `ecs.amazonaws.com`) are this cloud's own parts and may do everything. */
export interface Principal {
  kind: "root" | "user" | "assumed-role" | "service";
  /** Such as `arn:aws:iam::000000000000:root` or `arn:aws:sts::000000000000:assumed-role/name/session`. */
  arn: string;
  account: string;
  /** The role whose policies count, for `assumed-role`. */
  roleName?: string;
  /** The AWS service that calls with this principal's permissions: CloudFormation with a stack's role. */
  invokedBy?: string;
}

/** Whether an AWS service calls, with permissions of its own or somebody's: only it may set tags that begin with `aws:`. */
export const isService = (principal: Principal): boolean => principal.kind === "service" || principal.invokedBy !== undefined;

/** What an operation knows of the request besides its input. */
export interface Call extends Scope {
  principal: Principal;
  requestId: string;
  /** The `host:port` that the client used, for addresses in answers. */
  host?: string;
  /**
   * Virtual time stands still while a request is on its way through. A handler whose work takes time of its own, and holds
   * the clock itself while it must, waits for it through this. Not there in calls within the process, which hold nothing.
   */
  letTimePass?: <T>(work: Promise<T>) => Promise<T>;
}

/** Handles one operation; input and output are the SDK's own types for it (`RunTaskRequest`, `RunTaskResponse`). */
// oxlint-disable-next-line typescript/no-explicit-any -- a table holds handlers of every type; each is typed where it is written
export type Handler = (input: any, call: Call) => unknown;

/** `restXmlS3` is restXml with what is S3's own: addresses of buckets, bodies as streams, the form of its errors. */
export type Protocol = "awsJson1_0" | "awsJson1_1" | "awsQuery" | "ec2Query" | "restJson1" | "restXml" | "restXmlS3" | "rpcv2Cbor";

/** One action on some resources that a call needs permission for. */
export interface AccessNeed {
  /** Such as `ecs:RunTask`. */
  action: string;
  /** ARNs, or `*` where the action has no resource level. All of them must be allowed. */
  resources: string[];
  /** Condition keys besides the global ones: `{"ecs:cluster": "arn:…"}`. */
  context?: Record<string, string | string[]>;
  /** Policies (JSON) of the resource itself: a function's, a bucket's. */
  resourcePolicies?: string[];
  /** The account that the resource is in, where its ARN does not say so. */
  resourceAccount?: string;
}

/** What a call needs permission for, read from its input; the source is the Service Authorization Reference. */
// oxlint-disable-next-line typescript/no-explicit-any -- as for Handler
export type Access = (input: any, call: Call) => AccessNeed[];

/** One AWS service: a table of typed handlers over the schemas of its SDK client. */
export interface Service {
  /** The service's prefix in IAM actions and this cloud's name for it: `ecs`, `autoscaling`, `logs`. */
  name: string;
  /** Names under which the signature's credential scope may know it; the first is its usual one. */
  signingNames: string[];
  /** The SDK's client package, for the schemas. Loaded when the service is first called. */
  sdk: () => Promise<object>;
  /** True where the client is loaded at the first call alone, and not when the cloud starts: few clouds are asked for it. */
  loadLate?: true;
  /** Every protocol that the service accepts; see botocore's service-2.json `protocols`. */
  protocols: Protocol[];
  /** XML namespace of answers (botocore's `metadata.xmlNamespace`), for the XML protocols. */
  xmlNamespace?: string;
  /** API version (botocore's `metadata.apiVersion`), for the query protocols. */
  apiVersion?: string;
  /** True for services without regions: their state lives in `aws-global`. */
  global?: boolean;
  /** Handlers by operation name. */
  operations: Record<string, Handler>;
  /** What each operation needs; one that is not listed needs `<name>:<Operation>` on `*`. */
  access?: Record<string, Access>;
  /** Starts timers and engines; called once everything is composed, and after a restart with kept state. */
  start?(): void | Promise<void>;
  /** Stops them, and everything the service started outside this process. */
  stop?(): void | Promise<void>;
  /** Forgets what is not in the store (after `POST /_cloud/reset`). */
  reset?(): void | Promise<void>;
}

/**
 * Binds handlers written as `(deps, input, call) => output` to their dependencies. A handler declares in its `deps`
 * parameter exactly what it needs (`Pick<EcsDeps, "clock" | "tasks">`).
 */
export function bind<D>(deps: D, handlers: Record<string, (deps: D, input: never, call: Call) => unknown>): Record<string, Handler> {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]): [string, Handler] => [name, (input, call): unknown => handler(deps, input as never, call)]),
  );
}
