import type { Clock } from "../../../core/clock.ts";
import { AwsError } from "../../../core/errors.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { StatesError } from "../asl/errors.ts";
import type { Json } from "../asl/types.ts";
import { tokens, type TokenRow } from "../state.ts";
import type { Thread } from "./journal.ts";

type Deps = { store: Store; clock: Clock; ids: Ids };

/** Tasks that wait for somebody to answer with their token. */
export class Tokens {
  private readonly deps: Deps;
  private readonly scope: Scope;
  private readonly waiting: Map<string, () => void>;

  /** @param waiting shared by all executions: wakes the one that waits for a token */
  constructor(deps: Deps, scope: Scope, waiting: Map<string, () => void>) {
    this.deps = deps;
    this.scope = scope;
    this.waiting = waiting;
  }

  make(): string {
    return Buffer.from(`rouse ${this.deps.ids.hex(48)}`).toString("base64");
  }

  /** The token is known from now on: its task may be answered before the call that hands it out has returned. */
  open(token: string, executionArn: string): string {
    const table = tokens(this.deps.store, this.scope);
    if (!table.has(token)) table.set(token, { executionArn, aliveAt: this.deps.clock.now() });
    return token;
  }

  close(token: string): void {
    tokens(this.deps.store, this.scope).update(token, { closed: true });
  }

  /** Waits for the answer. @throws StatesError the answer's, or States.Timeout, States.HeartbeatTimeout */
  async wait(token: string, thread: Thread, limits: { deadline: number; heartbeat?: number }): Promise<Json> {
    for (;;) {
      const row = tokens(this.deps.store, this.scope).get(token)!;
      if (row.answer) {
        if ("output" in row.answer) return row.answer.output;
        throw new StatesError(row.answer.error, row.answer.cause);
      }
      const silent = limits.heartbeat === undefined ? Infinity : row.aliveAt + limits.heartbeat * 1000;
      const now = this.deps.clock.now();
      if (now >= limits.deadline) throw new StatesError("States.Timeout", "");
      if (now >= silent) throw new StatesError("States.HeartbeatTimeout", "");
      await this.change(token, thread, Math.min(silent, limits.deadline));
    }
  }

  private async change(token: string, thread: Thread, until: number): Promise<void> {
    const told = new Promise<void>((resolve) => this.waiting.set(token, resolve));
    try {
      if (until === Infinity) await thread.unlessAborted(told);
      else await this.either(told, thread, until);
    } finally {
      this.waiting.delete(token);
    }
  }

  private async either(told: Promise<void>, thread: Thread, until: number): Promise<void> {
    let timer: { cancel(): void } | undefined;
    const late = new Promise<void>((resolve) => (timer = this.deps.clock.setTimer(until - this.deps.clock.now(), resolve)));
    try {
      await thread.unlessAborted(Promise.race([told, late]));
    } finally {
      timer?.cancel();
    }
  }
}

/** Answers a token, or keeps it alive. @throws AwsError InvalidToken, TaskTimedOut */
export function answerToken(
  { store }: Pick<Deps, "store">,
  waiting: Map<string, () => void>,
  scope: Scope,
  token: string,
  change: Partial<TokenRow>,
): void {
  const table = tokens(store, scope);
  const row = table.get(token);
  if (!row) throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  if (row.closed || row.answer) throw new AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
  table.update(token, change);
  waiting.get(token)?.();
}
