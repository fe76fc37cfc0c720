import { createDeployer, type Deployer } from "./deploy/index.ts";
import { createApi } from "./gateway/api.ts";
import { Registry } from "./gateway/registry.ts";
import { roleCheck, roleSession, serviceRole } from "./gateway/role-check.ts";
import type { Clock } from "./core/clock.ts";
import type { Ids } from "./core/ids.ts";
import { late } from "./core/late.ts";
import type {
  Api,
  AssetsPort,
  EventsPort,
  InstancesPort,
  LambdaPort,
  LogsPort,
  MetricsPort,
  NetworkPort,
  RegistryPort,
  ScalingPort,
  SnsPort,
  SqsPort,
  TargetGroupsPort,
} from "./core/ports.ts";

import type { WireRequest, WireResponse } from "./wire/protocol.ts";
import type { Service } from "./core/service.ts";
import type { Store } from "./core/store.ts";
import type { ContainerRuntime } from "./machines/runtime.ts";
import { createAcm } from "./services/acm/index.ts";
import { createApiGateway, type HttpApisPort } from "./services/apigateway/index.ts";
import { createApplicationAutoScaling, isApplicationPolicy } from "./services/applicationautoscaling/index.ts";
import { createAutoScaling } from "./services/autoscaling/index.ts";
import { createCloudFormation } from "./services/cloudformation/index.ts";
import { createCloudWatch } from "./services/cloudwatch/index.ts";
import { createEc2 } from "./services/ec2/index.ts";
import { createEcr } from "./services/ecr/index.ts";
import { createEcs } from "./services/ecs/index.ts";
import { createEfs } from "./services/efs/index.ts";
import { createDataPlane } from "./services/elasticloadbalancing/engine/proxy/index.ts";
import { createElb, type LoadBalancerPorts } from "./services/elasticloadbalancing/index.ts";
import { createEvents } from "./services/events/index.ts";
import { createIam } from "./services/iam/index.ts";
import { createLambda } from "./services/lambda/index.ts";
import { createLogs } from "./services/logs/index.ts";
import { policyProblem } from "./services/iam/policy/document.ts";
import { createRoute53 } from "./services/route53/index.ts";
import { createS3 } from "./services/s3/index.ts";
import { createScheduler } from "./services/scheduler/index.ts";
import { createSecretsManager } from "./services/secretsmanager/index.ts";
import { createAppRegistry } from "./services/servicecatalogappregistry/index.ts";
import { createSns } from "./services/sns/index.ts";
import { createSqs } from "./services/sqs/index.ts";
import { createSsm } from "./services/ssm/index.ts";
import { createStates } from "./services/states/index.ts";
import { createSts } from "./services/sts/index.ts";

/**
 * The host of response URLs as custom resources get them. Functions reach this cloud under it (lambda/runtime/network.mjs),
 * because handlers take it for granted that it speaks HTTPS on port 443.
 */
const RESPONSE_HOST = "cloudformation-custom-resource-response-useast1.s3.amazonaws.com";

/** What every part of the cloud is built on. */
export interface Foundation {
  store: Store;
  clock: Clock;
  ids: Ids;
  runtime: ContainerRuntime;
  /** A folder for volumes and mails. */
  dataDir: string;
  /** Port of the DNS server on 127.0.0.1; 0 for any free one. */
  dnsPort: number;
  /** Ports of this machine for load balancers. */
  loadBalancerPorts?: LoadBalancerPorts;
  /** `http://127.0.0.1:4590`, once the gateway listens: functions and custom resources call back there. */
  endpoint: () => string;
  /** Answers requests of functions that run in this thread; absent: functions run in workers. */
  inline?: (request: WireRequest) => Promise<WireResponse>;
  /** One line for whoever runs the cloud. */
  log: (line: string) => void;
}

export interface Composition {
  registry: Registry;
  api: Api;
  assets: AssetsPort;
  deployer: Deployer;
  iam: ReturnType<typeof createIam>;
  ecr: ReturnType<typeof createEcr>;
  route53: ReturnType<typeof createRoute53>;
  ecs: ReturnType<typeof createEcs>;
  network: NetworkPort;
  elb: ReturnType<typeof createElb>;
  httpApis: HttpApisPort;
  /** In the order in which they are started; they are stopped in the opposite order. */
  services: Service[];
}

type AllowsService = (policy: string, service: string, action: string, resource: string, context?: Record<string, string>) => boolean;

/** The same question as Logs and Route 53 put it. */
const policyCheck =
  (allowsService: AllowsService) =>
  (
    policy: string,
    { service, action, resource, context }: { service: string; action: string; resource: string; context: Record<string, string> },
  ): boolean =>
    allowsService(policy, service, action, resource, context);

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const uninvoked =
  (log: (line: string) => void) =>
  (error: unknown, { rule, targetArn }: { rule: { name: string }; targetArn: string }): void =>
    log(`rouse: rule ${rule.name} could not invoke ${targetArn}: ${told(error)}`);

const unscheduled =
  (log: (line: string) => void) =>
  (error: unknown, { schedule, targetArn }: { schedule: string; targetArn: string }): void =>
    log(`rouse: schedule ${schedule} could not invoke ${targetArn}: ${told(error)}`);

const undelivered =
  (log: (line: string) => void) =>
  (error: unknown, { destinationArn }: { destinationArn: string }): void =>
    log(`rouse: log events for ${destinationArn} could not be delivered: ${told(error)}`);

/** What the parts below are all given. */
interface Common extends Pick<Foundation, "store" | "clock" | "ids"> {
  api: Api;
  events: EventsPort;
  lambda: LambdaPort;
  metrics: MetricsPort;
  logs: LogsPort;
  sns: SnsPort;
  targetGroups: TargetGroupsPort;
  iam: ReturnType<typeof createIam>;
  policyAllows: ReturnType<typeof policyCheck>;
  registry: RegistryPort;
}

/** What runs containers: instances, their groups, tasks, file systems. */
function composeMachines({ runtime, dataDir, endpoint, log }: Foundation, common: Common) {
  const { iam } = common;
  const { phases } = runtime;
  const ec2 = createEc2({
    ...common,
    ...(phases ? { bootDelayMs: (one) => phases.instanceBoot(one), stopDelayMs: (one) => phases.instanceStop(one) } : {}),
  });
  const autoScaling = createAutoScaling({ ...common, instances: ec2 });
  const efs = createEfs({ ...common, dataDir });
  const ecs = createEcs({
    ...common,
    instances: ec2,
    network: ec2,
    lifecycle: autoScaling,
    volumes: efs,
    authorize: roleCheck(iam),
    asRole: roleSession,
    endpoint,
    runtime,
    dataDir,
    log,
  });
  // ECS and Auto Scaling listen before EC2 tells what became of the instances of an earlier run.
  return { ec2, autoScaling, ecs, services: [efs, ecs, autoScaling, ec2] };
}

/** What people reach: load balancers with their certificates, DNS, HTTP APIs. */
function composeFront({ dataDir, dnsPort, endpoint, log, loadBalancerPorts, runtime }: Foundation, common: Common, ec2: InstancesPort & NetworkPort) {
  const certificates = createAcm({ ...common, dataDir });
  const dataPlane = createDataPlane({ ...common, network: ec2, log });
  const elb = createElb({
    ...common,
    instances: ec2,
    network: ec2,
    dataPlane,
    certificates,
    log,
    ...(loadBalancerPorts ? { loadBalancerPorts } : {}),
    ...(runtime.serves ? { serves: runtime.serves.bind(runtime) } : {}),
    // Where nothing runs, the times are to be those of AWS.
    ...(runtime.phases ? { quick: { forMs: 0, heldForMs: 0 } } : {}),
  });
  const route53 = createRoute53({ ...common, loadBalancers: elb, dns: { port: dnsPort } });
  const httpApis = createApiGateway({ ...common, endpoint, log });
  // Certificates before the load balancers, whose HTTPS listeners open with them.
  return { elb, route53, httpApis, services: [certificates, elb, route53, httpApis] };
}

/** The one place where real parts are built. They need each other in circles: `late` stands for what comes further down. */
export function compose(base: Foundation): Composition {
  const { store, clock, ids, dataDir, log } = base;
  const core = { store, clock, ids };
  const api = createApi(
    () => registry,
    () => iam,
    ids,
  );
  const checkPolicy = (policy: string): string | undefined => policyProblem(policy, "resource");
  const s3 = createS3({ ...core, dataDir, checkPolicy });
  const { assets } = s3;
  const iam = createIam({ store, clock, ids });
  const allowsService: AllowsService = (...question) => iam.allowsService(...question);
  const policyAllows = policyCheck(allowsService);

  const events = late<EventsPort>(() => eventBridge);
  const lambda = late<LambdaPort>(() => functions);
  const sns = late<SnsPort>(() => topics);
  const sqs = late<SqsPort>(() => queues);
  const scaling: ScalingPort = { executePolicy: (arn, breach) => (isApplicationPolicy(arn) ? appScaling : autoScaling).executePolicy(arn, breach) };
  const targetGroups = late<TargetGroupsPort>(() => front.elb);

  const cloudWatch = createCloudWatch({ ...core, events, sns, lambda, scaling });
  const metrics = cloudWatch;
  const logs = createLogs({ ...core, api, lambda, metrics, policyAllows, onDeliveryError: undelivered(log) });
  const inline = base.inline ? { inline: base.inline } : {};
  const functions = createLambda({ ...core, api, assets, credentials: iam, iam, logs, metrics, endpoint: base.endpoint, dataDir, log, ...inline });
  const eventBridge = createEvents({ ...core, api, lambda, sns, sqs, logs, metrics, iam, onDeliveryError: uninvoked(log) });
  const topics = createSns({ ...core, lambda, sqs, metrics, allowsService, dataDir, log });
  const queues = createSqs({ ...core, metrics, allowsService, endpoint: base.endpoint });
  const ecr = createEcr({ ...core, checkPolicy, iam, sessionOf: roleSession, endpoint: base.endpoint, dataDir, log });
  const common: Common = { ...core, api, events, lambda, metrics, logs, sns, targetGroups, iam, policyAllows, registry: ecr.registry };
  const machines = composeMachines(base, common);
  const { autoScaling } = machines;
  const appScaling = createApplicationAutoScaling({ ...core, api });
  const front = composeFront(base, common, machines.ec2);
  const deployer = createDeployer({
    ...core,
    api,
    assets,
    lambda,
    sns,
    events,
    serviceRole: serviceRole(iam),
    responseUrl: (token) => `https://${RESPONSE_HOST}/_cloud/cfn-response/${token}`,
  });

  const services: Service[] = [
    iam,
    createSts({ sessions: iam }),
    createSsm({ store, clock, api }),
    s3,
    createSecretsManager({ ...core, api, checkPolicy }),
    ecr,
    createAppRegistry({ ...core, api }),
    cloudWatch,
    logs,
    topics,
    queues,
    functions,
    eventBridge,
    ...machines.services,
    ...front.services,
    appScaling,
    createScheduler({ ...core, api, metrics, iam, onDeliveryError: unscheduled(log) }),
    createCloudFormation({ deployer }),
    createStates({ ...core, api, events, metrics, logs, iam, schemaOf: (service, operation) => registry.operation(service, operation), log }),
  ];
  const registry = new Registry(services);
  const { ecs, ec2: network } = machines;
  const { route53, elb, httpApis } = front;
  return { registry, api, assets, deployer, iam, ecr, route53, ecs, elb, network, httpApis, services };
}
