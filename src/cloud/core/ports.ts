import type { Principal } from "./service.ts";
import type { Scope } from "./scope.ts";

/**
 * What services ask of each other inside the process. Each port is implemented by one service and bound in
 * `compose.ts`; a service takes only the ports it needs. Everything else that a service wants of another one goes
 * through `Api`, that is through the same operation handlers that the wire reaches.
 */

/** Calls an operation of any service as `as` (default: the cloud itself, which may do everything). */
export interface Api {
  /**
   * @param service the service's name (`ecs`), `operation` its operation (`RunTask`), `input` the SDK's input type.
   * @throws AwsError as the operation would answer; NotSupported when it is not there.
   */
  call<O = unknown>(service: string, operation: string, input: object, scope: Scope, as?: Principal): Promise<O>;
}

/** EventBridge: events that AWS services put on the default bus. */
export interface EventsPort {
  /** `detail` and `resources` as in the real service's event; `time` is the cloud's now. */
  emit(scope: Scope, event: { source: string; detailType: string; detail: object; resources?: string[] }): void;
}

/** CloudWatch: metrics that AWS services publish. */
export interface MetricsPort {
  /** `count`: how often the value was measured, 1 unless told. `at`: milliseconds since the epoch; now unless told. */
  put(
    scope: Scope,
    namespace: string,
    data: {
      name: string;
      dimensions: Record<string, string>;
      value: number;
      count?: number;
      unit?: string;
      at?: number;
      storageResolution?: 1 | 60;
    }[],
  ): void;
}

/** CloudWatch Logs: lines that AWS services write. Creates the group and the stream where `create` is set. */
export interface LogsPort {
  /** @param options.create may a group that is missing be made? Asked where it is missing. */
  write(
    scope: Scope,
    group: string,
    stream: string,
    lines: { timestamp: number; message: string }[],
    options?: { create?: boolean | (() => boolean) },
  ): void;
}

/** Lambda: invocations by other services. */
export interface LambdaPort {
  /** Asynchronous (`Event`): queued, retried and dead-lettered as Lambda does. @param functionArn may have a qualifier. */
  invokeAsync(functionArn: string, payload: unknown, source: { principal: string; arn?: string }): Promise<void>;
  /** Synchronous. `error` is set when the function failed (`FunctionError`). */
  invokeSync(functionArn: string, payload: unknown, source: { principal: string; arn?: string }): Promise<{ payload: unknown; error?: string }>;
}

/** SNS: messages that AWS services publish (alarm actions, Auto Scaling notifications). */
export interface SnsPort {
  publish(topicArn: string, message: { subject?: string; body: string }, source: { principal: string; arn?: string }): Promise<void>;
}

/** SQS: messages that AWS services send (rule targets, dead letters, subscriptions). The queue's policy has to let the service in. */
export interface SqsPort {
  /**
   * @param message `groupId` is required by FIFO queues, which need `deduplicationId` too unless they deduplicate by content.
   * @throws AwsError QueueDoesNotExist, AccessDenied, and what SendMessage answers
   */
  send(
    queueArn: string,
    message: {
      body: string;
      attributes?: Record<string, { DataType: string; StringValue?: string; BinaryValue?: Uint8Array }>;
      groupId?: string;
      deduplicationId?: string;
    },
    source: { principal: string; arn?: string },
  ): Promise<{ messageId: string }>;
}

/** EC2 and Application Auto Scaling: what an alarm does when it calls a scaling policy. */
export interface ScalingPort {
  /**
   * `metricValue` and `threshold` choose the step. Does what ExecutePolicy does, as CloudWatch does it.
   * `datapoints` (newest first) are there for the policy's MetricAggregationType, `alarm` for the activity's cause.
   */
  executePolicy(
    policyArn: string,
    breach: { metricValue: number; threshold: number; datapoints?: number[]; alarm?: { name: string; state: string } },
  ): Promise<void>;
}

/** An EC2 instance seen from the outside: what Auto Scaling and ECS see of it. */
export interface InstanceView {
  instanceId: string;
  state: "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";
  publicIp?: string;
  privateIp: string;
  /** Its primary network interface. */
  networkInterfaceId: string;
  userData?: string;
  /** Of the instance profile. */
  roleArn?: string;
  launchTime: number;
  subnetId: string;
  vpcId: string;
  availabilityZone: string;
  securityGroupIds: string[];
  instanceType: string;
  tags: Record<string, string>;
  detailedMonitoring: boolean;
}

/** EC2: instances, for the ECS agent that lives on them. */
export interface InstancesPort {
  get(scope: Scope, instanceId: string): InstanceView | undefined;
  /** Told of every change of an instance's state, after it is in the store. Returns what ends it. */
  onChange(listener: (scope: Scope, instance: InstanceView) => void | Promise<void>): () => void;
  /**
   * A security group's inbound decision for an instance: may a packet of `protocol` come to `port` from anywhere?
   * Re-read it when `onRulesChange` tells.
   */
  allowsIngress(scope: Scope, securityGroupIds: string[], protocol: "tcp" | "udp", port: number): boolean;
  onRulesChange(listener: (scope: Scope) => void): () => void;
  /** Adds to the bytes that count as the instance's NetworkIn / NetworkOut; EC2 publishes them each minute. */
  countTraffic(scope: Scope, instanceId: string, bytes: { in?: number; out?: number; packetsIn?: number; packetsOut?: number }): void;
}

/** Auto Scaling: an instance that waits in a lifecycle hook; CompleteLifecycleAction lets it go on. */
export interface LifecycleWait {
  autoScalingGroupName: string;
  lifecycleHookName: string;
  lifecycleActionToken: string;
  instanceId: string;
  /** `autoscaling:EC2_INSTANCE_LAUNCHING` or `autoscaling:EC2_INSTANCE_TERMINATING`. */
  transition: string;
}

/** Auto Scaling, for parts of this cloud that own a lifecycle hook, such as ECS with managed draining. */
export interface LifecyclePort {
  /** Told after the wait is in the store, and again after a restart. Returns what ends it. */
  onLifecycle(listener: (scope: Scope, wait: LifecycleWait) => void | Promise<void>): () => void;
}

/** IAM: credentials for functions, instances and tasks. */
export interface CredentialsPort {
  /** Credentials of a new session of the role. They are known to the gateway until `expiresAt`. */
  issue(roleArn: string, sessionName: string): { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiresAt: number };
}

/** What an image's name in ECR stands for at present. */
export type RegistryImage =
  /** It can be pulled under a name that the container engine understands: with the digest, from this cloud. */
  | { kind: "pushed"; digest: string; reference: string }
  /** It was built into the container engine, under a name. */
  | { kind: "in-engine"; digest: string; name: string }
  | { kind: "no-image" }
  | { kind: "no-repository" };

/** ECR, for those who run images and for those who build them on this machine. */
export interface RegistryPort {
  /** What the name of an image means; undefined for images of other registries. */
  resolve(image: string): RegistryImage | undefined;
  /** What the container engine logs in with on behalf of a role. */
  credentials(roleArn: string): { username: string; password: string };
  /**
   * Makes known an image that was built into the container engine, without a push. Its repository comes up with it. Does
   * nothing about names that are not ECR's.
   * @param built as the engine knows it: its id, a digest, and its size in bytes
   */
  handOver(image: string, built: { id: string; size: number }): void;
}

/** SSM and CloudFormation assets: files that a deployment handed over, by bucket and key. */
export interface AssetsPort {
  /** Registers a file or folder of this machine as an S3 object that CloudFormation and Lambda may read. */
  put(bucket: string, key: string, path: string): void;
  /** The path on this machine, or undefined when there is no such object. */
  get(bucket: string, key: string): string | undefined;
}

/** Where on this machine a packet to an address inside a VPC arrives. */
export interface Route {
  host: string;
  port: number;
  /** To be told of the bytes, where the address is an instance's (its NetworkIn and NetworkOut); absent for Fargate. */
  onTraffic?: (bytes: { in?: number; out?: number; packetsIn?: number; packetsOut?: number }) => void;
}

/** EC2: private addresses of network interfaces (of instances and of tasks), and what listens behind them on this machine. */
export interface NetworkPort {
  /**
   * Says that a port of a network interface leads to a place on this machine: the task's own port for an awsvpc task, the
   * host port for a task that shares its instance's interface. Returns what ends it.
   */
  publish(scope: Scope, networkInterfaceId: string, port: number, protocol: "tcp" | "udp", to: { host: string; port: number }): () => void;
  /**
   * Where a connection to a private address goes, seen from somebody with these security groups (a load balancer).
   * `no-address`: nobody has it (a connect time-out on AWS); `not-allowed`: the security groups of the address do not let
   * it in, or the caller's do not let it out (a time-out, too); `closed`: nothing listens there (connection refused).
   * Rules for ranges are held against the caller's private `addresses`; without them only those for everybody let it in.
   */
  route(
    scope: Scope,
    to: { vpcId: string; address: string; port: number; protocol: "tcp" | "udp" },
    from: { securityGroupIds: string[]; addresses?: string[] },
  ): Route | "no-address" | "not-allowed" | "closed";
}

/** A network interface that a service of this cloud has made. */
export interface InterfaceView {
  networkInterfaceId: string;
  subnetId: string;
  vpcId: string;
  availabilityZone: string;
  privateIp: string;
  macAddress: string;
  securityGroupIds: string[];
  /** A loopback address of this machine; `127.0.0.1` where there are no others. */
  publicIp?: string;
}

/** EC2: network interfaces that other services make for what they run (`RequesterManaged`). */
export interface InterfacesPort {
  /** Where subnets are, in the order of `ids`. @throws AwsError InvalidSubnetID.NotFound */
  subnets(scope: Scope, ids: readonly string[]): { subnetId: string; vpcId: string; availabilityZone: string }[];
  /** Which VPCs groups belong to, in the order of `ids`. @throws AwsError InvalidGroup.NotFound */
  securityGroups(scope: Scope, ids: readonly string[]): { groupId: string; vpcId: string }[];
  /**
   * Makes an interface, attached at once. No groups: the VPC's default one. `instanceId`: on an instance, whose traffic
   * counts. `requesterId`: the service that makes it.
   * @throws AwsError InsufficientFreeAddressesInSubnet, and as `subnets` and `securityGroups`
   */
  createInterface(
    scope: Scope,
    wanted: {
      subnetId: string;
      securityGroupIds: readonly string[];
      description: string;
      requesterId: string;
      publicIp: boolean;
      instanceId?: string;
    },
  ): InterfaceView;
  /** Gives its addresses back; nothing happens when it is not there. */
  deleteInterface(scope: Scope, networkInterfaceId: string): void;
}

/** Elastic Load Balancing, for those who need the address behind a load balancer's DNS name: Route 53 (alias records). */
export interface LoadBalancersPort {
  /** Addresses of this machine on which the load balancer listens; undefined when no load balancer has that name. */
  addressesOf(dnsName: string): string[] | undefined;
}

/** How a target stands with its target group; `reason` in the words that DescribeTargetHealth has as Description. */
export interface TargetStanding {
  state: "initial" | "healthy" | "unhealthy" | "unused" | "draining" | "unavailable";
  reason?: string;
}

/** Elastic Load Balancing, for those who keep tasks in target groups: ECS. Targets come and go through its operations. */
export interface TargetGroupsPort {
  /** What is to be known of a group before it gets targets; undefined when there is none. `loadBalancerArn`: of the one that uses it. */
  targetGroup(scope: Scope, arn: string): { targetType: "ip" | "instance" | "lambda"; loadBalancerArn?: string } | undefined;
  /** `unused` for one that is not registered. */
  targetStanding(scope: Scope, groupArn: string, target: { id: string; port: number }): TargetStanding;
  /** Told when the targets of a group, or their health, may have changed, after the data plane knows. Returns what ends it. */
  onTargetsChange(listener: (scope: Scope, groupArn: string) => void): () => void;
}

/** Certificate Manager, for load balancers that serve TLS. */
export interface CertificatesPort {
  /** PEM of an issued certificate (with its chain) and of its key; undefined when there is none, or none yet. */
  tls(arn: string): { key: string; cert: string } | undefined;
  /** Told of every certificate that becomes usable or changes. Returns what ends it. */
  onChange(listener: (arn: string) => void): () => void;
}
