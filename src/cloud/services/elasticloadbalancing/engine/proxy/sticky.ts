import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Ids } from "../../../../core/ids.ts";

/** What a cookie of the load balancer's own says: to whom a client is bound, and until when (ms of the cloud's clock). */
export interface Binding {
  /** ARN of the rule or of the target group that the cookie is for. */
  of: string;
  to: string;
  until: number;
}

const WEEK = 7 * 24 * 3_600_000;

/**
 * Cookies that bind a client to a target (AWSALB) or to one of several target groups (AWSALBTG): encrypted, with an expiry
 * of 7 days in the cookie and the configured one inside, begun anew by every answer; a second cookie for requests from other
 * origins (User Guide, "Sticky sessions" and "Forward actions"). The key lasts as long as this process.
 */
export class Sticky {
  private readonly ids: Ids;
  private readonly key: Buffer;

  constructor(ids: Ids) {
    this.ids = ids;
    this.key = Buffer.from(ids.hex(64), "hex");
  }

  /** Whom the client is bound to; undefined without a cookie that is good and still counts. */
  read(cookies: string, name: string, of: string, now: number): string | undefined {
    for (const piece of cookies.split(";")) {
      const mark = piece.indexOf("=");
      const binding = piece.slice(0, mark).trim() === name ? this.open(piece.slice(mark + 1).trim()) : undefined;
      if (binding && binding.of === of && binding.until > now) return binding.to;
    }
    return undefined;
  }

  /** Headers for the answer: name, value, name, value. */
  write(name: string, binding: Binding, now: number): string[] {
    const cookie = `${this.seal(binding)}; Expires=${new Date(now + WEEK).toUTCString()}; Path=/`;
    return ["Set-Cookie", `${name}=${cookie}`, "Set-Cookie", `${name}CORS=${cookie}; SameSite=None; Secure`];
  }

  private seal(binding: Binding): string {
    const nonce = Buffer.from(this.ids.hex(24), "hex");
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce);
    const sealed = [cipher.update(JSON.stringify(binding), "utf8"), cipher.final()];
    return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]).toString("base64url");
  }

  private open(text: string): Binding | undefined {
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length < 29) return undefined;
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8")) as Binding;
    } catch {
      return undefined; // Not of this key.
    }
  }
}
