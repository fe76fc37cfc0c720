import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { constants, gzipSync } from "node:zlib";

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** The same, compressed; absent where that is no smaller. */
  readonly gzip?: Buffer;
  /** Its name says what is in it. */
  readonly immutable: boolean;
}

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/**
 * Reads the page's files, some hundred kilobytes, once: nothing outside the folder can ever be asked for.
 * @returns by path: `/index.html`, `/assets/index-4f2a.js`; empty where it was not built
 */
export function readPage(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of list(folder)) {
    const path = join(entry.parentPath, entry.name);
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const name = `/${relative(folder, path).split(sep).join("/")}`;
    const body = readFileSync(path);
    const gzip = gzipSync(body, { level: constants.Z_BEST_COMPRESSION });
    files.set(name, { type, body, immutable: name.startsWith("/assets/"), ...(gzip.length < body.length ? { gzip } : {}) });
  }
  return files;
}

function list(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
}
