import type {
  CreateListenerInput,
  CreateListenerOutput,
  DeleteListenerInput,
  DescribeListenersInput,
  DescribeListenersOutput,
  ModifyListenerInput,
  ModifyListenerOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { ElbDeps } from "../deps.ts";
import { inRange, notSupported, page, refuse, requireListener, requireLoadBalancer, validationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { listenerArn, ruleArn } from "../names.ts";
import { DEFAULT_SSL_POLICY, SSL_POLICIES } from "../ssl-policies.ts";
import { listeners, listenersOf, rules, rulesOf, tags, type ListenerRow } from "../state.ts";
import { checkActions } from "./actions.ts";
import { checkTags, sameTags, saveTags } from "./tags.ts";
import { describeListener } from "./views.ts";

type Deps = Pick<ElbDeps, "store" | "ids" | "engine" | "certificates">;
type Tls = Pick<ListenerRow, "sslPolicy" | "certificate">;

function checkProtocol(protocol: string | undefined): ListenerRow["protocol"] {
  if (protocol === undefined) throw validationError("A listener protocol must be specified");
  if (protocol !== "HTTP" && protocol !== "HTTPS") throw validationError(`Listener protocol '${protocol}' must be one of 'HTTP, HTTPS'`);
  return protocol;
}

/** @throws AwsError CertificateNotFound */
export function checkCertificate({ certificates }: Pick<Deps, "certificates">, arn: string | undefined): string {
  if (!arn || !certificates.tls(arn)) throw new AwsError("CertificateNotFound", `Certificate '${arn}' not found`);
  return arn;
}

/** What makes a listener serve TLS: from the input, else from the listener that it changes. */
function checkTls(deps: Deps, input: CreateListenerInput | ModifyListenerInput, protocol: ListenerRow["protocol"], before: Tls): Tls {
  const { Certificates, SslPolicy } = input;
  if (protocol === "HTTP") {
    if (Certificates?.length || SslPolicy !== undefined) throw validationError("Certificates and security policies are for HTTPS listeners only");
    return {};
  }
  if (Certificates && Certificates.length > 1) throw new AwsError("TooManyCertificates", "Up to one certificate can be specified");
  const certificate = Certificates?.[0] ? checkCertificate(deps, Certificates[0].CertificateArn) : before.certificate;
  if (certificate === undefined) throw validationError("A certificate must be specified for HTTPS listeners");
  if (SslPolicy !== undefined && !SSL_POLICIES.some(({ Name }) => Name === SslPolicy))
    throw new AwsError("SSLPolicyNotFound", `SSL policy '${SslPolicy}' not found`);
  return { certificate, sslPolicy: SslPolicy ?? before.sslPolicy ?? DEFAULT_SSL_POLICY };
}

function refuseAbsent(operation: string, input: CreateListenerInput | ModifyListenerInput): void {
  refuse(operation, input, ["AlpnPolicy"]);
  const mode = input.MutualAuthentication?.Mode;
  if (mode !== undefined && mode !== "off") throw notSupported(operation, `mutual authentication (${mode})`);
}

/** Idempotent: the same port with the same settings answers with the listener that is there. */
export async function CreateListener(deps: Deps, input: CreateListenerInput, call: Call): Promise<CreateListenerOutput> {
  const { store } = deps;
  const lb = requireLoadBalancer(store, call, input.LoadBalancerArn);
  refuseAbsent("CreateListener", input);
  const { Port: port } = input;
  if (port === undefined) throw validationError("A listener port must be specified");
  inRange(port, "port", 1, 65_535);
  const protocol = checkProtocol(input.Protocol);
  const given = checkTags(input.Tags, call);
  const tls = checkTls(deps, input, protocol, {});
  const actions = checkActions(store, call, input.DefaultActions, { operation: "CreateListener", loadBalancer: lb, protocol, port });
  const others = listenersOf(store, call, lb.arn);
  const existing = others.find((one) => one.port === port);
  if (existing) {
    const [text, now] = [actions, rulesOf(store, call, existing.arn).at(-1)?.actions].map((one) => JSON.stringify(one));
    const equal = existing.protocol === protocol && existing.certificate === tls.certificate && existing.sslPolicy === tls.sslPolicy;
    if (!equal || text !== now || !sameTags(store, call, existing.arn, given))
      throw new AwsError("DuplicateListener", `A listener already exists on this port for this load balancer '${lb.arn}'`);
    return { Listeners: [describeListener(store, call, existing)] };
  }
  if (others.length >= LIMITS["listeners-per-application-load-balancer"])
    throw new AwsError("TooManyListeners", "The maximum number of listeners on this load balancer has been reached");
  const row: ListenerRow = {
    arn: listenerArn(call, lb, deps.ids.hex(16)),
    loadBalancerArn: lb.arn,
    port,
    protocol,
    ...tls,
    certificates: [],
    attributes: {},
  };
  listeners(store, call).set(row.arn, row);
  const rule = ruleArn(call, row, deps.ids.hex(16));
  rules(store, call).set(rule, { arn: rule, listenerArn: row.arn, priority: "default", conditions: [], actions });
  saveTags(store, call, row.arn, given);
  try {
    await deps.engine.listenerChanged(call, row.arn);
  } catch (error) {
    await removeListener(deps, call, row);
    throw error;
  }
  return { Listeners: [describeListener(store, call, row)] };
}

export async function ModifyListener(deps: Deps, input: ModifyListenerInput, call: Call): Promise<ModifyListenerOutput> {
  const { store } = deps;
  const row = requireListener(store, call, input.ListenerArn);
  const lb = requireLoadBalancer(store, call, row.loadBalancerArn);
  refuseAbsent("ModifyListener", input);
  const port = input.Port ?? row.port;
  inRange(port, "port", 1, 65_535);
  if (listenersOf(store, call, lb.arn).some((other) => other.arn !== row.arn && other.port === port))
    throw new AwsError("DuplicateListener", `A listener already exists on this port for this load balancer '${lb.arn}'`);
  const protocol = checkProtocol(input.Protocol ?? row.protocol);
  // "Changing the protocol from HTTPS to HTTP … removes the security policy and default certificate properties."
  const tls = checkTls(deps, input, protocol, row);
  if (input.DefaultActions) {
    const actions = checkActions(store, call, input.DefaultActions, { operation: "ModifyListener", loadBalancer: lb, protocol, port });
    const fallback = rulesOf(store, call, row.arn).at(-1)!;
    rules(store, call).update(fallback.arn, { actions });
  }
  const { certificate: _certificate, sslPolicy: _policy, hostPort, ...rest } = row;
  const moved = port !== row.port || protocol !== row.protocol;
  const certificates = protocol === "HTTPS" ? row.certificates : [];
  const changed: ListenerRow = { ...rest, ...(moved || hostPort === undefined ? {} : { hostPort }), port, protocol, ...tls, certificates };
  if (moved) await deps.engine.listenerRemoved(call, row.arn);
  listeners(store, call).set(row.arn, changed);
  await deps.engine.listenerChanged(call, row.arn);
  return { Listeners: [describeListener(store, call, changed)] };
}

/** Takes a listener away with its rules and their tags. */
export async function removeListener({ store, engine }: Pick<ElbDeps, "store" | "engine">, scope: Scope, row: ListenerRow): Promise<void> {
  for (const { arn } of rulesOf(store, scope, row.arn)) {
    rules(store, scope).delete(arn);
    tags(store, scope).delete(arn);
  }
  listeners(store, scope).delete(row.arn);
  tags(store, scope).delete(row.arn);
  await engine.listenerRemoved(scope, row.arn);
  engine.usesChanged(scope);
}

export async function DeleteListener(
  deps: Pick<ElbDeps, "store" | "engine">,
  input: DeleteListenerInput,
  call: Call,
): Promise<Record<string, never>> {
  await removeListener(deps, call, requireListener(deps.store, call, input.ListenerArn));
  return {};
}

export function DescribeListeners({ store }: Pick<ElbDeps, "store">, input: DescribeListenersInput, call: Call): DescribeListenersOutput {
  const { ListenerArns: arns, LoadBalancerArn } = input;
  if (!arns?.length && LoadBalancerArn === undefined) throw validationError("You must specify either listener ARNs or a load balancer ARN");
  if (arns?.length && LoadBalancerArn !== undefined) throw validationError("Listener ARNs and a load balancer ARN cannot both be specified");
  const found = arns?.length
    ? arns.map((arn) => requireListener(store, call, arn))
    : listenersOf(store, call, requireLoadBalancer(store, call, LoadBalancerArn).arn);
  const { items, NextMarker } = page(found, input);
  return { Listeners: items.map((row) => describeListener(store, call, row)), NextMarker };
}
