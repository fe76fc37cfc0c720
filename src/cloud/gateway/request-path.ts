import type { Ids } from "../core/ids.ts";
import { AwsError, NotSupported } from "../core/errors.ts";
import { GLOBAL_REGION } from "../core/scope.ts";
import type { AccessNeed, Call, Handler, Principal, Protocol, Service } from "../core/service.ts";
import { codecs, likelyProtocol, operationName, protocolOf } from "../wire/index.ts";
import type { WireRequest, WireResponse } from "../wire/protocol.ts";
import type { OperationSchema } from "../wire/schema.ts";
import { accessDeniedCode, asAwsError, missingParameter } from "./faults.ts";
import { readAll } from "./body.ts";
import { identify } from "./identify.ts";
import type { LoadedService, Registry } from "./registry.ts";

/** IAM, as far as the gateway needs it. */
export interface IamPort {
  principalOf(accessKeyId: string, sessionToken?: string): Principal;
  /** @throws AwsError AccessDenied */
  authorize(principal: Principal, needs: AccessNeed[], context: Record<string, string | string[]>): void;
}

export interface GatewayDeps {
  registry: Registry;
  iam: IamPort;
  ids: Pick<Ids, "uuid">;
  /** Our own mistakes: told with their stack, answered with 500. */
  onBug: (error: unknown, where: string) => void;
}

/**
 * The path of a request, in order: identify → find the service → find the operation → parse → authorize → dispatch →
 * write. What any step throws is written as the error that AWS would answer under that protocol.
 */
export async function answer(deps: GatewayDeps, request: WireRequest): Promise<WireResponse> {
  const requestId = deps.ids.uuid();
  let loaded: LoadedService | undefined;
  let protocol: Protocol | undefined;
  try {
    const scope = identify(request);
    loaded = await findService(deps.registry, scope.signingName);
    protocol = findProtocol(loaded.service, request);
    const operation = findOperation(loaded, protocol, request);
    const handler = findHandler(loaded.service, operation.name);
    const principal = deps.iam.principalOf(scope.accessKeyId, scope.sessionToken);
    const call: Call = {
      account: principal.account,
      region: loaded.service.global ? GLOBAL_REGION : scope.region,
      principal,
      requestId,
      ...(request.headers.host ? { host: request.headers.host } : {}),
      ...(request.letTimePass ? { letTimePass: request.letTimePass } : {}),
    };
    const whole = operation.streamsInput || !request.stream ? request : await withBody(request, request.stream);
    const input = codecs[protocol].read(operation, whole);
    checkRequired(loaded.service, operation, input);
    authorize(deps.iam, loaded.service, operation.name, input, call);
    const output = await handler(input, call);
    return codecs[protocol].write(operation, output, { requestId, xmlNamespace: loaded.service.xmlNamespace ?? "" });
  } catch (error) {
    return writeFailure(deps, error, loaded, protocol ?? loaded?.service.protocols[0] ?? likelyProtocol(request), requestId);
  }
}

/** The request with its body read, for an operation that wants no stream. */
async function withBody(request: WireRequest, stream: AsyncIterable<Uint8Array>): Promise<WireRequest> {
  const body = await readAll(stream);
  if (!body) throw new AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.");
  return { ...request, body };
}

async function findService(registry: Registry, signingName: string): Promise<LoadedService> {
  const found = registry.load(signingName);
  if (!found) throw new NotSupported(signingName, "*", `it has no service ${signingName}`);
  return found;
}

function findProtocol(service: Service, request: WireRequest): Protocol {
  const protocol = protocolOf(request, service.protocols);
  if (!protocol)
    throw new AwsError("InvalidRequest", `${service.name} does not speak the protocol of this request; it speaks ${service.protocols.join(", ")}.`);
  return protocol;
}

function findOperation({ service, schema }: LoadedService, protocol: Protocol, request: WireRequest): OperationSchema {
  const name = operationName(protocol, request, schema.operations);
  const operation = name === undefined ? undefined : schema.operations.get(name);
  if (operation) return operation;
  // AWS's own words for an operation that does not exist at all.
  const code = protocol === "awsQuery" || protocol === "ec2Query" ? "InvalidAction" : "UnknownOperationException";
  throw new AwsError(code, `${service.name} has no operation ${name ?? `${request.method} ${request.path}`}.`, {
    status: code === "InvalidAction" ? 400 : 404,
  });
}

function findHandler(service: Service, name: string): Handler {
  const handler = service.operations[name];
  if (!handler) throw new NotSupported(service.name, name);
  return handler;
}

function checkRequired(service: Service, operation: OperationSchema, input: Record<string, unknown>): void {
  const missing = operation.required.filter((name) => input[name] === undefined && !operation.input.getMemberSchema(name).isIdempotencyToken());
  if (missing.length > 0) throw missingParameter(service.name, missing);
}

function authorize(iam: IamPort, service: Service, operation: string, input: unknown, call: Call): void {
  if (call.principal.kind === "root" || call.principal.kind === "service") return;
  const needs = service.access?.[operation]?.(input, call) ?? [{ action: `${service.name}:${operation}`, resources: ["*"] }];
  iam.authorize(call.principal, needs, { "aws:RequestedRegion": call.region === GLOBAL_REGION ? "us-east-1" : call.region });
}

function writeFailure(deps: GatewayDeps, thrown: unknown, loaded: LoadedService | undefined, protocol: Protocol, requestId: string): WireResponse {
  const error = asAwsError(thrown);
  if (error.status >= 500 && !(thrown instanceof NotSupported)) deps.onBug(thrown, loaded?.service.name ?? "gateway");
  const named = accessDeniedCode(error, protocol);
  return codecs[protocol].writeError(
    { error: named, shape: findErrorShape(loaded, named.code) },
    { requestId, xmlNamespace: loaded?.service.xmlNamespace ?? "" },
  );
}

function findErrorShape(loaded: LoadedService | undefined, code: string): ReturnType<LoadedService["schema"]["errors"]["get"]> {
  if (!loaded) return undefined;
  return loaded.schema.errors.get(code) ?? [...loaded.schema.errors.values()].find((shape) => shape.queryCode === code);
}
