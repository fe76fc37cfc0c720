import type { LeafCard, LeafDetail, LogLineView, Overview } from "./api-types.ts";
import { CannotDo, type ConsoleSource } from "./source.ts";

/** For tests of the console's server: an environment that is what the test says. */
export class FakeSource implements ConsoleSource {
  /** Milliseconds. */
  pollMs = 1000;
  now = "2026-01-05T12:00:00.000Z";
  leaves: Record<string, LeafCard> = { hello: card("hello"), other: card("other") };
  /** What it throws, or waits for, in place of answering. */
  trouble: (() => Promise<never>) | undefined;
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  lines: LogLineView[] = [];

  async overview(): Promise<Overview> {
    this.asked.push("overview");
    await this.trouble?.();
    return {
      application: "arcade",
      environment: "local",
      region: "us-west-2",
      now: this.now,
      speed: 1,
      leaves: Object.values(this.leaves),
      cost: null,
    };
  }

  async leaf(name: string): Promise<LeafDetail> {
    this.asked.push(`leaf ${name}`);
    await this.trouble?.();
    const card = this.leaves[name];
    if (!card) throw new CannotDo(404, `there is no leaf ${name}`);
    return { card, path: { steps: [], links: [] }, wakes: [], alerts: [], resources: [], use: null };
  }

  async logs(
    name: string,
    from: { readonly since: number } | { readonly after: string },
    onLine: (line: LogLineView) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    this.asked.push(`logs ${name} ${JSON.stringify(from)}`);
    if (!this.leaves[name]) throw new CannotDo(404, `there is no leaf ${name}`);
    for (const line of this.lines) if (!("after" in from) || line.at > from.after) onLine(line);
    await this.trouble?.();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    return true;
  }

  async act(name: string, what: string): Promise<string> {
    this.asked.push(`${what} ${name}`);
    await this.trouble?.();
    const card = this.leaves[name];
    if (!card) throw new CannotDo(404, `there is no leaf ${name}`);
    this.leaves[name] = { ...card, status: { ...card.status, state: what === "sleep" ? "falling asleep" : "waking" } };
    return `${name}: ${what}.`;
  }

  explain(error: unknown): string {
    return `explained: ${String(error)}`;
  }
}

export const card = (name: string): LeafCard => ({
  name,
  kind: "dns",
  wakes: "a DNS query",
  status: { name, state: "asleep", address: null, since: null },
  copy: null,
  use: null,
  cost: null,
  can: { wake: true, sleep: false, run: false },
});
