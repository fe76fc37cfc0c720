import type { Project } from "../config/index.ts";

/** What the SDK has thrown, for the person who gets it: what is wrong, and what to do. One or two sentences. */
export function explainError(error: unknown, { environment, base }: Project): string {
  if (!(error instanceof Error)) return String(error);
  const isLocal = environment.name === "local";
  if (isLocal && isUnreachable(error)) return "The embedded cloud does not answer. Start it again with: rouse up";
  const where = isLocal ? "The embedded cloud" : `AWS (environment ${environment.name}, ${base.region})`;
  const { name, message } = error;
  if (name === "CredentialsProviderError" || /^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidClientTokenId)$/.test(name))
    return `There are no valid AWS credentials for the environment ${environment.name} (${name}). Set AWS_PROFILE, or sign in with: aws sso login`;
  if (/AccessDenied|UnauthorizedOperation|not authorized/i.test(`${name} ${message}`)) return `${where} does not allow it: ${message}`;
  if (isUnreachable(error)) return `${where} cannot be reached: ${message}`;
  if (/throttl|too ?many ?requests|rate exceeded/i.test(`${name} ${message}`))
    return `${where} asks for fewer requests; it goes on in a moment (${name}).`;
  return `${where} said: ${name}: ${message}`;
}

/** Node's error codes for a server that is not there, or not any more. */
export function isUnreachable(error: Error): boolean {
  const codes = [error, error.cause].map((one) => (one as NodeJS.ErrnoException | undefined)?.code ?? "");
  return (
    codes.some((code) => /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|EPIPE|EAI_AGAIN)$/.test(code)) ||
    error.name === "TimeoutError" ||
    error.message === "fetch failed"
  );
}

export const explainWith =
  (project: Project) =>
  (error: unknown): string =>
    explainError(error, project);
