import { join } from "node:path";

/**
 * Builds the console's page into `<out>/console`: some files that ask nothing of any other machine.
 * @param {string} root of the repository
 * @param {string} out
 */
export async function buildConsole(root, out) {
  const { build } = await import("vite");
  await build({
    root: join(root, "src/console/web"),
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      outDir: join(out, "console"),
      emptyOutDir: true,
      target: "es2022",
      modulePreload: false,
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
  });
}
