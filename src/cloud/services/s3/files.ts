import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Ids } from "../../core/ids.ts";
import { CHECKSUM_ALGORITHMS, checksum, memberOf } from "./checksums.ts";

/** What a body was, once it is on disk. */
export interface Written {
  file: string;
  size: number;
  md5: Buffer;
  /** Base64, by member name. */
  checksums: Record<string, string>;
}

export type Body = AsyncIterable<Uint8Array> | Uint8Array | string | undefined;

const piecesOf = (body: Body): AsyncIterable<Uint8Array> | Iterable<Uint8Array> => {
  if (body === undefined) return [];
  if (typeof body === "string") return [Buffer.from(body)];
  return body instanceof Uint8Array ? [body] : body;
};

/** The objects' bytes: files of this machine in one folder, each written once, under a name that means nothing. */
export class Files {
  readonly folder: string;
  private readonly ids: Pick<Ids, "hex">;

  constructor(dataDir: string, ids: Pick<Ids, "hex">) {
    this.folder = join(dataDir, "s3");
    this.ids = ids;
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  /** Writes a body as it arrives, never more of it in memory than a piece. @param algorithms checksums to work out */
  async write(body: Body, algorithms: readonly string[]): Promise<Written> {
    mkdirSync(this.folder, { recursive: true });
    const file = this.ids.hex(32);
    const md5 = createHash("md5");
    const sums = CHECKSUM_ALGORITHMS.filter((name) => algorithms.includes(name)).map((name) => ({ name, sum: checksum(name)! }));
    let size = 0;
    const handle = await open(this.path(file), "wx");
    try {
      for await (const piece of piecesOf(body)) {
        size += piece.length;
        md5.update(piece);
        for (const { sum } of sums) sum.update(piece);
        await handle.writeFile(piece);
      }
    } catch (error) {
      this.remove([file]);
      throw error;
    } finally {
      await handle.close();
    }
    const checksums = Object.fromEntries(sums.map(({ name, sum }) => [memberOf(name), sum.digest().toString("base64")]));
    return { file, size, md5: md5.digest(), checksums };
  }

  /** @param range first and last byte */
  read(file: string, range?: { start: number; end: number }): Readable {
    return createReadStream(this.path(file), range);
  }

  /** The content of several files, one after the other. */
  async *joined(files: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
    for (const file of files) yield* this.read(file) as AsyncIterable<Uint8Array>;
  }

  remove(files: Iterable<string | undefined>): void {
    for (const file of files) if (file !== undefined) rmSync(this.path(file), { force: true });
  }

  /** Deletes what a stop in the middle of a request has left behind. */
  keepOnly(files: ReadonlySet<string>): void {
    if (existsSync(this.folder)) this.remove(readdirSync(this.folder).filter((name) => !files.has(name)));
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
