import type { Timer } from "../../../core/clock.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { AcmDeps } from "../index.ts";
import { certificates, certificateByArn, type CertificateRow } from "../state.ts";
import type { Authority } from "./authority.ts";
import type { KeyFiles } from "./key-files.ts";
import { isPublished } from "./records.ts";

/** How often ACM looks for the records is not documented; it takes minutes. */
const LOOK_EVERY_MS = 5000;
/** ACM gives up after 72 hours (ACM User Guide, "DNS validation"). */
const GIVE_UP_MS = 72 * 3_600_000;

type Deps = Pick<AcmDeps, "store" | "clock" | "api"> & { authority: Authority; keys: KeyFiles };

/** Waits for the records of requested certificates, and issues them. */
export class Issuer {
  private readonly deps: Deps;
  private readonly timers = new Map<string, Timer>();
  private readonly listeners = new Set<(arn: string) => void>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  start(): void {
    for (const scope of this.deps.store.scopes("acm.certificates")) {
      for (const { arn, status } of certificates(this.deps.store, scope).values()) if (status === "PENDING_VALIDATION") this.watch(arn);
    }
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  onChange(listener: (arn: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Tells that a certificate became usable or changed. */
  tell(arn: string): void {
    for (const listener of this.listeners) listener(arn);
  }

  /** Looks for the records of a pending certificate now, and again until they are there. */
  watch(arn: string): void {
    this.lookIn(0, arn);
  }

  private lookIn(delayMs: number, arn: string): void {
    const { clock } = this.deps;
    const look = async (): Promise<void> => {
      this.timers.delete(arn);
      try {
        await this.look(arn);
      } finally {
        if (this.isPending(arn)) this.lookIn(LOOK_EVERY_MS, arn);
      }
    };
    this.timers.set(
      arn,
      clock.setTimer(delayMs, () => clock.during(look())),
    );
  }

  private async look(arn: string): Promise<void> {
    const { store, clock } = this.deps;
    const row = certificateByArn(store, arn);
    if (row?.status !== "PENDING_VALIDATION") return;
    const scope = scopeOf(arn);
    if (clock.now() - row.createdAt >= GIVE_UP_MS) {
      certificates(store, scope).update(arn, { status: "VALIDATION_TIMED_OUT" });
      return;
    }
    const published = await Promise.all(row.validations.map(async (one) => one.done || isPublished(this.deps.api, scope, one.record)));
    const validations = row.validations.map((one, index) => ({ ...one, done: published[index]! }));
    if (!this.isPending(arn)) return;
    certificates(store, scope).update(arn, { validations });
    if (published.every(Boolean)) await this.issue(row, scope);
  }

  private async issue({ arn, names, keyAlgorithm }: CertificateRow, scope: Scope): Promise<void> {
    const { key, ...pem } = await this.deps.authority.issue(names, keyAlgorithm);
    // It may have been deleted meanwhile.
    if (!this.isPending(arn)) return;
    this.deps.keys.write(arn, key);
    certificates(this.deps.store, scope).update(arn, { ...pem, status: "ISSUED", issuedAt: this.deps.clock.now() });
    this.tell(arn);
  }

  private isPending(arn: string): boolean {
    return certificateByArn(this.deps.store, arn)?.status === "PENDING_VALIDATION";
  }
}

const scopeOf = (arn: string): Scope => {
  const { account, region } = parseArn(arn)!;
  return { account, region };
};
