import { NotSupported } from "../core/errors.ts";
import type { Ids } from "../core/ids.ts";
import type { Api } from "../core/ports.ts";
import { GLOBAL_REGION, type Scope } from "../core/scope.ts";
import type { Principal } from "../core/service.ts";
import type { IamPort } from "./request-path.ts";
import type { Registry } from "./registry.ts";

/** This cloud itself, in calls that it makes on its own behalf. */
const itself = (account: string): Principal => ({ kind: "service", arn: "rouse.internal", account });

/** Calls operations inside the process, through the very handlers that the wire reaches. */
export function createApi(registry: () => Registry, iam: () => IamPort, ids: Pick<Ids, "uuid">): Api {
  return {
    async call<O>(serviceName: string, operation: string, input: object, scope: Scope, as?: Principal): Promise<O> {
      const service = registry().byName(serviceName);
      const handler = service?.operations[operation];
      if (!service || !handler) throw new NotSupported(serviceName, operation);
      const principal = as ?? itself(scope.account);
      const call = { account: scope.account, region: service.global ? GLOBAL_REGION : scope.region, principal, requestId: ids.uuid() };
      if (principal.kind === "user" || principal.kind === "assumed-role") {
        const needs = service.access?.[operation]?.(input, call) ?? [{ action: `${service.name}:${operation}`, resources: ["*"] }];
        iam().authorize(principal, needs, { "aws:RequestedRegion": scope.region });
      }
      return (await handler(input, call)) as O;
    },
  };
}
