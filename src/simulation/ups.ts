/** One time up, as it is seen from outside. Times are milliseconds since the epoch. */
export interface Up {
  readonly leaf: string;
  /** The first query or request that was there for it; of a task: when it came due. */
  readonly asked: number;
  /** Who asked first. `schedule`: nobody, it came due. */
  readonly by: "user" | "scanner" | "schedule";
  /** Its instance was launched, or its task's capacity was. */
  readonly launched: number;
  /** It could be used: its address was in DNS, a request was answered, its container ran. */
  ready?: number;
  /** Users who reached it. */
  users: number;
  /** It is paid until then. */
  gone?: number;
}

/** Somebody asks again after so long: what was there before led to nothing. */
const FORGOTTEN_MS = 30 * 60_000;

/** The times up of one leaf: put together from what its machines do and what those who ask see. */
export class Ups {
  readonly all: Up[] = [];
  private readonly leaf: string;
  private waiting: { at: number; by: "user" | "scanner" } | undefined;

  constructor(leaf: string) {
    this.leaf = leaf;
  }

  /** It does not answer, and somebody asks for it. */
  asked(at: number, by: "user" | "scanner"): void {
    if (!this.waiting || at - this.waiting.at > FORGOTTEN_MS) this.waiting = { at, by };
  }

  launched(at: number): void {
    const { at: asked, by } = this.waiting ?? { at, by: "schedule" as const };
    this.waiting = undefined;
    this.all.push({ leaf: this.leaf, asked, by, launched: at, users: 0 });
  }

  ready(at: number): void {
    // Whoever asked while it came up has what he asked for.
    this.waiting = undefined;
    const newest = this.all.at(-1);
    if (newest) newest.ready ??= at;
  }

  used(): void {
    const newest = this.all.at(-1);
    if (newest) newest.users += 1;
  }

  gone(at: number): void {
    const oldest = this.all.find(({ gone }) => gone === undefined);
    if (oldest) oldest.gone = at;
  }
}
