import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { unzipSync } from "fflate";
import { AwsError } from "../../../core/errors.ts";
import type { Ids } from "../../../core/ids.ts";
import type { CodeRow } from "../state.ts";
import { prepareModule } from "./prepare.ts";

/** Lambda quotas: 250 MB unzipped (Lambda Developer Guide, "Lambda quotas"). */
const LARGEST_UNZIPPED = 262_144_000;

const tooLarge = (): AwsError =>
  new AwsError("InvalidParameterValueException", `Unzipped size must be smaller than ${LARGEST_UNZIPPED} bytes`, { fields: { Type: "User" } });

/**
 * The deployment packages, each once, by its content: functions that share one share its files and V8's code cache.
 *
 *     <dataDir>/package.json                 ends the search for the nearest one: `.js` is CommonJS, as on AWS
 *     <dataDir>/code/node_modules/@aws-sdk   Rouse's own, as Lambda's runtime has the SDK below /var/runtime
 *     <dataDir>/code/<sha256>/               LAMBDA_TASK_ROOT
 *     <dataDir>/cache/<sha256>/              prepared scripts and code caches; may be deleted at any time
 */
export class Packages {
  private readonly dataDir: string;
  private readonly ids: Pick<Ids, "hex">;
  private readonly prepared = new Set<string>();
  private laidOut = false;

  constructor(dataDir: string, ids: Pick<Ids, "hex">) {
    this.dataDir = dataDir;
    this.ids = ids;
  }

  folder(code: CodeRow): string {
    return join(this.dataDir, "code", code.folder);
  }

  cacheFolder(code: CodeRow): string {
    return join(this.dataDir, "cache", code.folder);
  }

  /** @throws AwsError InvalidParameterValueException where `bytes` are no zip. */
  addZip(bytes: Uint8Array): CodeRow {
    const hash = createHash("sha256").update(bytes).digest();
    return this.add(hash, bytes.byteLength, (target) => {
      const files = unzip(bytes);
      for (const [name, content] of Object.entries(files)) {
        const path = join(target, name);
        if (!path.startsWith(target + sep))
          throw new AwsError("InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again.");
        if (name.endsWith("/")) mkdirSync(path, { recursive: true });
        else {
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, content);
        }
      }
    });
  }

  /** Copies a folder, because a package does not change after it was uploaded. */
  addFolder(path: string): CodeRow {
    const files = listFiles(path);
    const hash = createHash("sha256");
    let size = 0;
    for (const file of files) {
      const content = readFileSync(file);
      size += content.byteLength;
      hash.update(relative(path, file)).update("\0").update(String(content.byteLength)).update("\0").update(content);
    }
    if (size > LARGEST_UNZIPPED) throw tooLarge();
    return this.add(hash.digest(), size, (target) => cpSync(path, target, { recursive: true, dereference: true }));
  }

  /** A file or folder of this machine. */
  addPath(path: string): CodeRow {
    return statSync(path).isDirectory() ? this.addFolder(path) : this.addZip(readFileSync(path));
  }

  /** Makes the handler's file quick to load, if it has not been done. Never fails: a function loads without it. */
  prepare(code: CodeRow, handler: string): void {
    const module = handler.replace(/\.[^/]*$/, "");
    const key = `${code.folder}/${module}`;
    if (this.prepared.has(key)) return;
    this.prepared.add(key);
    const file = join(this.folder(code), `${module}.mjs`);
    const cached = join(this.cacheFolder(code), `${module}.mjs`);
    if (!existsSync(file) || existsSync(join(this.folder(code), `${module}.js`)) || existsSync(`${cached}.js`)) return;
    const result = prepareModule(readFileSync(file, "utf8"));
    if (!result) return;
    mkdirSync(dirname(cached), { recursive: true });
    writeFileSync(`${cached}.json`, JSON.stringify(result.specifiers));
    writeFileSync(`${cached}.js`, result.script);
  }

  /** The handler's module as `prepare` has left it, but for `.js` and `.json` at the end; undefined where it did not fit. */
  script(code: CodeRow, handler: string): string | undefined {
    const cached = join(this.cacheFolder(code), `${handler.replace(/\.[^/]*$/, "")}.mjs`);
    return existsSync(`${cached}.js`) ? cached : undefined;
  }

  /** Deletes the packages that no function has. */
  keepOnly(folders: ReadonlySet<string>): void {
    for (const kind of ["code", "cache"]) {
      const parent = join(this.dataDir, kind);
      if (!existsSync(parent)) continue;
      for (const name of readdirSync(parent)) {
        if (name !== "node_modules" && !folders.has(name)) rmSync(join(parent, name), { recursive: true, force: true });
      }
    }
    this.prepared.clear();
  }

  private add(hash: Buffer, size: number, fill: (target: string) => void): CodeRow {
    this.layOut();
    const code = { sha256: hash.toString("base64"), folder: hash.toString("hex"), size };
    const target = this.folder(code);
    if (!existsSync(target)) {
      const draft = `${target}.${this.ids.hex(8)}`;
      try {
        mkdirSync(draft, { recursive: true });
        fill(draft);
        renameSync(draft, target);
      } finally {
        rmSync(draft, { recursive: true, force: true });
      }
    }
    return code;
  }

  private layOut(): void {
    if (this.laidOut) return;
    this.laidOut = true;
    const modules = join(this.dataDir, "code", "node_modules");
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(this.dataDir, "package.json"), "{}\n");
    for (const [scope, member] of [
      ["@aws-sdk", "@aws-sdk/client-sts"],
      ["@smithy", "@smithy/core"],
    ] as const) {
      const link = join(modules, scope);
      rmSync(link, { force: true, recursive: true });
      symlinkSync(scopeFolder(scope, member), link, "dir");
    }
  }
}

/** Where Rouse's dependencies of a scope are installed. */
function scopeFolder(scope: string, member: string): string {
  const entry = createRequire(import.meta.url).resolve(member);
  return entry.slice(0, entry.lastIndexOf(join("node_modules", scope)) + join("node_modules", scope).length);
}

function unzip(bytes: Uint8Array): Record<string, Uint8Array> {
  let unzipped = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ originalSize }) => {
        unzipped += originalSize;
        if (unzipped > LARGEST_UNZIPPED) throw tooLarge();
        return true;
      },
    });
  } catch (error) {
    if (error instanceof AwsError) throw error;
    throw new AwsError("InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again.", {
      fields: { Type: "User" },
    });
  }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (statSync(join(folder, entry.name)).isDirectory() ? listFiles(join(folder, entry.name)) : [join(folder, entry.name)]));
}
