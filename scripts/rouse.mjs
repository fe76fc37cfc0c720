/** `npm start` and `npm run demo`: the command line of a clone, made ready first. */
import { prepareExampleImage } from "./example-base-image.mjs";
import { ready } from "./ready.mjs";

// A signal that ends npm may not reach this process, which would then run on alone. (package.json has `exec` before it, so
// that no shell stands between the two.)
const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.kill(process.pid, "SIGTERM"), 300).unref();

await ready();
const argv = process.argv.slice(2);
if (!argv.includes("--help")) await prepareExampleImage();
const { main } = await import(new URL("../dist/cli.js", import.meta.url).href);
await main(argv);
