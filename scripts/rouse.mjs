/** `npm start` and `npm run demo`: the command line of a clone, made ready first. */
import { prepareExampleImage } from "./example-base-image.mjs";
import { ready } from "./ready.mjs";

// npm starts scripts through a shell. A signal to npm ends npm and the shell and would leave this process running alone.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.kill(process.pid, "SIGTERM"), 300).unref();

await ready();
const argv = process.argv.slice(2);
if (!argv.includes("--help")) await prepareExampleImage();
const { main } = await import(new URL("../dist/cli.js", import.meta.url).href);
await main(argv);
