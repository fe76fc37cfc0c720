import type { Time } from "../shared/poll.ts";

/** Time that passes only while somebody sleeps; things happen at their times on the way. */
export class VirtualTime implements Time {
  at: number;
  readonly sleeps: number[] = [];
  private happenings: { at: number; what: () => void }[] = [];
  constructor(at = 2_000_000_000) {
    this.at = at;
  }
  now = (): number => this.at;
  sleep = async (ms: number): Promise<void> => {
    this.sleeps.push(ms);
    this.at += ms;
    const due = this.happenings.filter(({ at }) => at <= this.at);
    this.happenings = this.happenings.filter(({ at }) => at > this.at);
    for (const { what } of due) what();
  };
  after(ms: number, what: () => void): void {
    this.happenings.push({ at: this.at + ms, what });
  }
}
