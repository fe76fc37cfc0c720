import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import type { ResourceDefinition } from "../template/types.ts";
import type { Renames } from "./mapping.ts";
import type { MappedOperation, MappedService } from "./shapes.ts";

/** Properties of a resource, with every intrinsic function worked out. Their types are looser than the API's. */
// oxlint-disable-next-line typescript/no-explicit-any -- templates are data of any shape; mapping.ts checks them against the SDK's schemas
export type Properties = Record<string, any>;

/** What is known of a resource that exists. */
export interface Resource {
  /** What `Ref` gives, too. */
  physicalId: string;
  /** What `Fn::GetAtt` gives. */
  attributes: Record<string, unknown>;
}

export interface ExistingResource extends Resource {
  properties: Properties;
}

/** What a provider may touch while it works on one resource. */
export interface ResourceContext {
  readonly scope: Scope;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logicalId: string;
  readonly type: string;
  readonly stackId: string;
  readonly stackName: string;
  /** Aborted when the stack's operation is given up while this resource is still under way. */
  readonly signal: AbortSignal;
  /** The resource as the template has it, for its policies. */
  readonly definition: ResourceDefinition;
  /** Calls an operation of a service of this cloud in the stack's account and region. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are read member by member; each provider's test pins them
  call(service: string, operation: string, input: object): Promise<any>;
  /** Properties as the input of an operation, in the SDK's spelling and types. Undefined values are left out. */
  input(service: MappedService, operation: MappedOperation, properties: Properties, renames?: Renames): Record<string, unknown>;
  /** `<stack>-<logical id>-<random>`, as CloudFormation names what the template leaves unnamed; at most `max` characters. */
  physicalName(max?: number): string;
  /** Waits until `check` gives something, looking every `everyMs`. @throws Error after `limitMs`, naming `what` */
  until<T>(what: string, check: () => Promise<T | undefined>, times?: { everyMs?: number; limitMs?: number }): Promise<T>;
}

/** What a changed property means: changed in place, or a new resource in its stead (`createOnlyProperties`). */
export type Change = "update" | "replace";

export interface TagPlan {
  /** The property that holds the resource's tags. */
  property: string;
  /** `[{Key, Value}]`, `{Key: Value}`, or Auto Scaling's list with PropagateAtLaunch. */
  form: "list" | "map" | "propagating";
}

/**
 * One resource type. Every property that it takes is in `properties`; any other one is an error before anything is
 * created. The sources are the types' resource schemas (CloudFormation registry): createOnlyProperties,
 * readOnlyProperties and primaryIdentifier.
 */
export interface ResourceProvider {
  readonly type: string;
  readonly properties: Readonly<Record<string, Change>>;
  readonly required?: readonly string[];
  /** Names for Fn::GetAtt; a name that ends in `*` stands for all that begin so. */
  readonly attributes?: readonly string[];
  /** The operation whose input the properties follow; those in `own` are mapped by hand. */
  readonly schema?: { service: MappedService; operation: MappedOperation; renames?: Renames; own?: readonly string[] };
  readonly tags?: TagPlan;
  /** The property that names the resource: a replacement cannot be made under the same name. */
  readonly nameProperty?: string;
  create(context: ResourceContext, properties: Properties): Promise<Resource>;
  /** Changes in place; without it, every change replaces. Members that are returned take the place of the old ones. */
  update?(
    context: ResourceContext,
    properties: Properties,
    existing: ExistingResource,
    changed: readonly string[],
  ): Promise<Partial<Resource> | void>;
  delete(context: ResourceContext, existing: ExistingResource): Promise<void>;
  /** True where a change of these properties needs a replacement although each could be changed in place. */
  replaces?(changed: readonly string[], properties: Properties, existing: ExistingResource, definition: ResourceDefinition): boolean;
  /** The update that this resource took part in is complete and will not be rolled back. */
  commit?(context: ResourceContext, existing: ExistingResource): Promise<void>;
}

export interface ProviderRegistry {
  get(type: string): ResourceProvider | undefined;
}
