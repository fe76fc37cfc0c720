import { parentPort, workerData } from "node:worker_threads";
import type { FromShard, ShardInput } from "./shards.ts";
import { simulate } from "./simulate.ts";

/** The program of a thread that simulates some of the leaves: shards.ts starts it. */
const tell = (message: FromShard): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(message);
};

try {
  tell({ run: await simulate({ ...(workerData as ShardInput), onDay: (day) => tell({ day }) }) });
} catch (error) {
  tell({ error: error instanceof Error ? error.message : String(error) });
}
parentPort!.close();
