import { Webhook } from "standardwebhooks";
import type { Letter } from "./letter.ts";

/** What a webhook gets: described in docs/notifications.md, for programs to rely on. */
export interface Payload {
  /** `rouse.ready`, `rouse.stopped`, …; `rouse.message` for what has no occasion. */
  readonly type: string;
  /** When it happened, ISO 8601. */
  readonly timestamp: string;
  readonly data: object;
}

export const payloadOf = ({ id, at, occasion, notice, subject, body }: Letter): Payload => ({
  type: `rouse.${occasion ?? "message"}`,
  timestamp: at,
  data: { ...(notice ?? { id, at }), subject, text: body },
});

/**
 * Body and headers of a signed request (Standard Webhooks 1.0.0, "Webhook headers (sending metadata to consumers)").
 * @param secret `whsec_` and base64, or base64 alone
 * @throws Error where the secret is none
 */
export function signedRequest(letter: Letter, secret: string, at: Date): { body: string; headers: Record<string, string> } {
  const body = JSON.stringify(payloadOf(letter));
  // A dot separates the signed parts, so there is none in an id; and a header has visible ASCII only.
  const id = letter.id.replace(/[^\x21-\x2d\x2f-\x7e]/g, "_");
  return {
    body,
    headers: {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, body),
    },
  };
}

/** Standard Webhooks, "Signature scheme": 24 to 64 bytes of base64 for a symmetric secret, after `whsec_`. */
export function isSigningSecret(secret: string): boolean {
  const base64 = secret.replace(/^whsec_/, "");
  const bytes = Buffer.from(base64, "base64");
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString("base64").replace(/=+$/, "") === base64.replace(/=+$/, "");
}
