import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { createAccess } from "./access.ts";
import * as instanceProfileOperations from "./operations/instance-profiles.ts";
import * as managedPolicyOperations from "./operations/managed-policies.ts";
import * as holderOperations from "./operations/policies-of-holders.ts";
import * as roleOperations from "./operations/roles.ts";
import * as serviceLinkedRoleOperations from "./operations/service-linked-roles.ts";
import { SimulatePrincipalPolicy } from "./operations/simulate-principal-policy.ts";
import * as userOperations from "./operations/users.ts";
import { createPort, type IamPort } from "./port.ts";

export type { IamPort } from "./port.ts";
export type { IamPrincipal } from "./principals.ts";
export type { AssumeRoleInput, SessionsPort } from "./sessions.ts";

export interface IamDeps {
  store: Store;
  clock: Pick<Clock, "now">;
  ids: Pick<Ids, "hex" | "upper" | "uuid">;
}

/** IAM: the operations, and as a port the checks and credentials that the gateway and the other services use. */
export function createIam(deps: IamDeps): Service & IamPort {
  const { requireRole: _r, describeRole: _d, ...forRoles } = roleOperations;
  const { requirePolicy: _p, ...forPolicies } = managedPolicyOperations;
  const { requireUser: _u, ...forUsers } = userOperations;
  return {
    name: "iam",
    signingNames: ["iam"],
    sdk: () => import("@aws-sdk/client-iam"),
    protocols: ["awsQuery"],
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    apiVersion: "2010-05-08",
    global: true,
    operations: bind(deps, {
      ...forRoles,
      ...forPolicies,
      ...forUsers,
      ...holderOperations,
      ...instanceProfileOperations,
      ...serviceLinkedRoleOperations,
      SimulatePrincipalPolicy,
    }),
    access: createAccess(deps),
    ...createPort(deps),
  };
}
