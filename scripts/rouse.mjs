/** `npm start` and `npm run demo`: the command line of a clone, made ready first. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ready, root } from "./ready.mjs";

await ready();
const [command = "--help", ...rest] = process.argv.slice(2);
const { prepareExampleImage } = await import("./example-base-image.mjs").catch(() => ({ prepareExampleImage: undefined }));
if (!rest.includes("--help")) await prepareExampleImage?.();
const child = spawn(process.execPath, [join(root, "bin/rouse.js"), command, ...rest], { stdio: "inherit" });
// The terminal sends Ctrl-C to the child as well; this process only waits for it to end in good order.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
process.on("SIGHUP", () => child.kill("SIGHUP"));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
