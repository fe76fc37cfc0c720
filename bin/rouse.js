#!/usr/bin/env node
import { existsSync } from "node:fs";

const built = new URL("../dist/cli.js", import.meta.url);
if (existsSync(built)) {
  const { main } = await import(built.href);
  await main(process.argv.slice(2));
} else {
  process.stderr.write("rouse: this clone is not built yet; run `npm start`, or `npm ci && npm run build`\n");
  process.exitCode = 1;
}
