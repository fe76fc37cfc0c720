import type { Occasion } from "./notice.ts";

/** Where a secret is kept, in the account: an SSM parameter, or a secret of Secrets Manager and a key of its JSON. */
export type SecretPlace = { readonly parameter: string } | { readonly secret: string; readonly key?: string };

/**
 * Whom else to tell than by mail. Base keeps a list of these in a parameter for the admin and one for each leaf
 * (`alertsParameter`); nothing in it is secret.
 */
export interface Channel {
  readonly kind: "discord" | "slack" | "webhook";
  /** Of Discord and Slack: where the URL is kept. Of a webhook: what its requests are signed with. */
  readonly secret: SecretPlace;
  /** Of a webhook. */
  readonly url?: string;
  /** What it hears of; absent: everything. */
  readonly on?: readonly Occasion[];
}

/** What a channel is called in history and on screens: nothing secret is in it. */
export function labelOf({ kind, secret, url }: Channel): string {
  if (kind === "webhook") return new URL(url!).host;
  if ("parameter" in secret) return secret.parameter;
  return secret.key === undefined ? secret.secret : `${secret.secret} (${secret.key})`;
}
