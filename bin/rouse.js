#!/usr/bin/env node
// @ts-ignore -- built by scripts/build.mjs; the type check does not need it
import { main } from "../dist/cli.js";

await main(process.argv.slice(2));
