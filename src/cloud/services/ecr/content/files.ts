import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

export type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The registry's bytes in `<dataDir>/ecr/`: blobs under their digests, and uploads under their ids until they are complete. */
export class Files {
  private readonly folder: string;
  /** What has been received of the uploads of this run, hashed as it came. */
  private readonly hashes = new Map<string, Hash>();

  constructor(dataDir: string) {
    this.folder = join(dataDir, "ecr");
  }

  /** Writes to the end of an upload as it arrives; a body that breaks off leaves what came. */
  async append(uploadId: string, body: Body): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const hash = (await this.hashOf(uploadId)) ?? createHash("sha256");
    this.hashes.set(uploadId, hash);
    const handle = await open(this.path(uploadId), "a");
    try {
      for await (const piece of body) {
        await handle.appendFile(piece);
        hash.update(piece);
      }
    } finally {
      await handle.close();
    }
  }

  /** Bytes of a blob, or of what an upload has received. @param name a digest, or the id of an upload */
  size(name: string): number {
    return statSync(this.path(name), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The digest of what an upload has received. */
  async digest(uploadId: string): Promise<string> {
    const hash = (await this.hashOf(uploadId)) ?? createHash("sha256");
    return `sha256:${hash.copy().digest("hex")}`;
  }

  /** Makes an upload the blob of a digest. */
  complete(uploadId: string, digest: string): void {
    this.hashes.delete(uploadId);
    if (existsSync(this.path(digest))) rmSync(this.path(uploadId), { force: true });
    else renameSync(this.path(uploadId), this.path(digest));
  }

  read(digest: string, range?: { start: number; end: number }): Readable {
    return createReadStream(this.path(digest), range);
  }

  /** @param name a digest, or the id of an upload */
  remove(name: string): void {
    this.hashes.delete(name);
    rmSync(this.path(name), { force: true });
  }

  /** Deletes what a stop in the middle of a request has left behind. @param names digests, and ids of uploads */
  keepOnly(names: ReadonlySet<string>): void {
    const kept = new Set([...names].map(fileName));
    if (existsSync(this.folder)) for (const file of readdirSync(this.folder)) if (!kept.has(file)) rmSync(join(this.folder, file), { force: true });
  }

  clear(): void {
    this.hashes.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** An upload of an earlier run is read again. */
  private async hashOf(uploadId: string): Promise<Hash | undefined> {
    const known = this.hashes.get(uploadId);
    if (known || !existsSync(this.path(uploadId))) return known;
    const hash = createHash("sha256");
    for await (const piece of createReadStream(this.path(uploadId)) as AsyncIterable<Uint8Array>) hash.update(piece);
    return hash;
  }

  private path(name: string): string {
    return join(this.folder, fileName(name));
  }
}

/** Colons are not for file names everywhere. */
const fileName = (name: string): string => name.replace(":", "-");
