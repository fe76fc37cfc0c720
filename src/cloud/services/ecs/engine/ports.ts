import type { Container, NetworkBinding } from "@aws-sdk/client-ecs";
import type { InstanceView, InterfaceView } from "../../../core/ports.ts";
import { type Forward, openForward } from "../../../machines/forwarder/index.ts";
import { RuntimeError } from "../../../machines/runtime.ts";
import type { Parts } from "../parts.ts";
import type { LiveContainer, LiveTask } from "./live.ts";
import { effectivePorts } from "./resources.ts";

/** Where the ports of a task's containers are opened: on its own interface, or on that of its instance. */
export interface Exposure {
  networkMode: string | undefined;
  /** Of a task with `awsvpc`. */
  own?: InterfaceView;
  /** What it runs on, unless that is Fargate. */
  instance?: InstanceView;
}

interface Port {
  address: string;
  port: number;
  protocol: "tcp" | "udp";
  groups: string[];
  endpoint: { host: string; port: number };
}

/** Opens the ports of a container that has started. What it returns goes into the task's container. */
export async function openPorts(
  deps: Parts,
  live: LiveTask,
  container: LiveContainer,
  exposure: Exposure,
): Promise<Pick<Container, "networkBindings" | "reason">> {
  return exposure.own ? openOwn(deps, live, container, exposure.own, exposure) : openOnInstance(deps, live, container, exposure);
}

/** Ends what `openPorts` began. Connections may finish what the container has sent. */
export function closePorts(container: LiveContainer): void {
  for (const end of container.published.splice(0)) end();
  for (const forward of container.forwards.splice(0)) void forward.close();
}

/** Container ports on the task's own addresses: its private one, and its public one, if it has one. There are no bindings. */
async function openOwn(deps: Parts, live: LiveTask, container: LiveContainer, own: InterfaceView, exposure: Exposure): Promise<{ reason?: string }> {
  let reason: string | undefined;
  for (const { containerPort, protocol } of effectivePorts({ networkMode: "awsvpc" }, container.definition)) {
    const endpoint = container.running!.endpoints.get(`${containerPort}/${protocol}`)!;
    container.published.push(deps.network.publish(live.scope, own.networkInterfaceId, containerPort, protocol, endpoint));
    if (!own.publicIp) continue;
    const wanted = { address: own.publicIp, port: containerPort, protocol, groups: own.securityGroupIds, endpoint };
    const forward = await openPort(deps, live, container, wanted, exposure.instance);
    if (forward.port !== containerPort) reason = elsewhere(deps, wanted, forward);
  }
  return { reason };
}

/** Host ports on the addresses of the instance. */
async function openOnInstance(
  deps: Parts,
  live: LiveTask,
  container: LiveContainer,
  { instance, networkMode }: Exposure,
): Promise<{ networkBindings: NetworkBinding[]; reason?: string }> {
  const networkBindings: NetworkBinding[] = [];
  let reason: string | undefined;
  const { publicIp, privateIp, securityGroupIds: groups, networkInterfaceId } = instance!;
  const address = publicIp?.startsWith("127.") ? publicIp : privateIp;
  for (const { containerPort, hostPort, protocol } of effectivePorts({ networkMode: networkMode as "bridge" }, container.definition)) {
    const endpoint = container.running!.endpoints.get(`${containerPort}/${protocol}`)!;
    const wanted = { address, port: hostPort, protocol, groups, endpoint };
    // Port 0 is any port of the system's own range, as for Docker: on Linux 32768 to 60999 (API_PortMapping, `hostPort`).
    const forward = await openPort(deps, live, container, wanted, instance);
    container.published.push(deps.network.publish(live.scope, networkInterfaceId, hostPort || forward.port, protocol, endpoint));
    networkBindings.push({ bindIP: "0.0.0.0", containerPort, hostPort: forward.port, protocol });
    if (hostPort !== 0 && forward.port !== hostPort) reason = elsewhere(deps, wanted, forward);
  }
  return { networkBindings, reason };
}

function elsewhere(deps: Pick<Parts, "log">, wanted: Port, forward: Forward): string {
  const reason = `port ${wanted.port} of ${wanted.address} can be opened only by root on this machine; it is at ${forward.port} instead`;
  deps.log(`ecs: ${reason}`);
  return reason;
}

async function openPort(deps: Parts, live: LiveTask, container: LiveContainer, plan: Port, instance: InstanceView | undefined): Promise<Forward> {
  const { scope } = live;
  let { port } = plan;
  try {
    const open = deps.runtime.openForward?.bind(deps.runtime) ?? openForward;
    const forward = await open({
      protocol: plan.protocol,
      address: plan.address,
      port: plan.port,
      target: plan.endpoint,
      proxied: container.running!.proxied,
      allowed: () => port === 0 || deps.instances.allowsIngress(scope, plan.groups, plan.protocol, port),
      onTraffic: (traffic) => {
        if (instance) deps.instances.countTraffic(scope, instance.instanceId, traffic);
      },
      clock: deps.clock,
    });
    if (port === 0) {
      port = forward.port; // Any port: whether it may be reached is known only now.
      await forward.reevaluate();
    }
    container.forwards.push(forward);
    return forward;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "port is already allocated" : message;
    throw new RuntimeError(
      "CannotStartContainerError",
      `Error response from daemon: driver failed programming external connectivity: Bind for ${plan.address}:${plan.port}/${plan.protocol} failed: ${why}`,
    );
  }
}
