import type { AssetsPort } from "./ports.ts";

/** Files that deployments hand over, by bucket and key. They stay where they are on this machine. */
export function createAssets(): AssetsPort {
  const paths = new Map<string, string>();
  return {
    put: (bucket, key, path) => void paths.set(`${bucket}/${key}`, path),
    get: (bucket, key) => paths.get(`${bucket}/${key}`),
  };
}
