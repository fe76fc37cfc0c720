import type { Clock } from "../../../core/clock.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import { hostTime } from "../../../machines/host-time.ts";
import type { EcsDeps, Parts } from "../parts.ts";

interface Session {
  token: string;
  roleArn: string;
  issued?: ReturnType<EcsDeps["iam"]["issue"]>;
}

/** Credentials are issued anew when less than this is left of them, ms. */
const RENEWED_BEFORE_MS = 5 * 60_000;

/**
 * Credentials of task roles. On AWS a task finds them at 169.254.170.2 under `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`;
 * nothing here can listen there, but SDKs also take `AWS_CONTAINER_CREDENTIALS_FULL_URI`, over plain HTTP on loopback
 * addresses, with a token (SDKs and Tools Reference Guide, "Container credential provider"). Only child processes share
 * this machine's loopback; a Docker container has its own, so there they are not offered.
 */
export function createCredentials(deps: Pick<EcsDeps, "iam" | "ids" | "clock" | "endpoint" | "runtime">): Parts["credentials"] {
  const sessions = new Map<string, Session>();
  const issue = (id: string, session: Session): NonNullable<Session["issued"]> => {
    if (!session.issued || session.issued.expiresAt - deps.clock.now() < RENEWED_BEFORE_MS) session.issued = deps.iam.issue(session.roleArn, id);
    return session.issued;
  };
  return {
    environment: (scope, { id, roleArn, fargate }) => {
      // Fargate tells its tasks their region; an agent on an instance does not.
      const region: Record<string, string> = fargate ? regionOf(scope) : {};
      if (deps.runtime.kind !== "process") return region;
      // On AWS an SDK knows where AWS is. Here it has to be told.
      const here = { ...region, AWS_ENDPOINT_URL: deps.endpoint() };
      if (!roleArn || !parseArn(roleArn)) return here;
      const session = sessions.get(id) ?? { token: deps.ids.hex(48), roleArn };
      sessions.set(id, session);
      return {
        ...here,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${deps.endpoint()}/_cloud/task-credentials/${id}`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: session.token,
      };
    },
    answer: (id, authorization) => {
      const session = sessions.get(id);
      if (!session || authorization !== session.token) return undefined;
      const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = issue(id, session);
      return {
        RoleArn: session.roleArn,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: onHost(deps.clock, expiresAt).toISOString(),
      };
    },
    forget: (id) => (id === undefined ? sessions.clear() : void sessions.delete(id)),
  };
}

const regionOf = (scope: Scope): Record<string, string> => ({ AWS_REGION: scope.region, AWS_DEFAULT_REGION: scope.region });

/** A time of the cloud as the task's process, which lives in the host's time, has to understand it. */
function onHost(clock: Clock, at: number): Date {
  const speed = clock.mode.kind === "real" ? clock.mode.speed : 1;
  return new Date(hostTime() + (at - clock.now()) / speed);
}
