import type { Clock, Timer } from "../../core/clock.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { secrets } from "./state.ts";

/** Deletes secrets for good when their recovery window is over, on the cloud's clock. */
export class Deletions {
  private readonly deps: { store: Store; clock: Clock };
  /** By the secret's ARN. */
  private readonly timers = new Map<string, Timer>();

  constructor(deps: { store: Store; clock: Clock }) {
    this.deps = deps;
  }

  /** Those of an earlier run, too; what has come due meanwhile goes at once. */
  start(): void {
    for (const scope of this.deps.store.scopes("secretsmanager.secrets"))
      for (const { name } of secrets(this.deps.store, scope).values()) this.sync(scope, name);
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Sets the timer of a secret that was deleted or restored. */
  sync(at: Scope, name: string): void {
    const { store, clock } = this.deps;
    const scope: Scope = { account: at.account, region: at.region };
    const row = secrets(store, scope).get(name);
    if (!row) return;
    this.timers.get(row.arn)?.cancel();
    this.timers.delete(row.arn);
    if (row.deletesAt === undefined) return;
    const end = (): void => {
      this.timers.delete(row.arn);
      if (secrets(store, scope).get(name)?.arn === row.arn) secrets(store, scope).delete(name);
    };
    this.timers.set(row.arn, clock.setTimer(Math.max(0, row.deletesAt - clock.now()), end));
  }

  /** Forgets the timer of a secret that is gone. */
  forget(arn: string): void {
    this.timers.get(arn)?.cancel();
    this.timers.delete(arn);
  }
}
