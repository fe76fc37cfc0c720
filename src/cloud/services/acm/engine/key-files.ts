import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Private keys in files that only their owner can read: the store's files are not kept that close. */
export class KeyFiles {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @param arn of the certificate */
  write(arn: string, pem: string): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    // A mode counts only where the file is made: a key in the place of another one is not readable for a moment, either.
    rmSync(this.path(arn), { force: true });
    writeFileSync(this.path(arn), pem, { mode: 0o600 });
  }

  /** Undefined where there is none. */
  read(arn: string): string | undefined {
    try {
      return readFileSync(this.path(arn), "utf8");
    } catch {
      return undefined;
    }
  }

  delete(arn: string): void {
    rmSync(this.path(arn), { force: true });
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private path(arn: string): string {
    return join(this.folder, `${arn.slice(arn.lastIndexOf("/") + 1)}.pem`);
  }
}
