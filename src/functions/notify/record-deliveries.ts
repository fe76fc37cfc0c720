import { awsRecord, type Recorder } from "../shared/aws-record.ts";
import { logLine } from "../shared/log.ts";
import type { World } from "./deliver.ts";

/** Where in a leaf's history the deliveries are. */
const STREAM = "notify";

/** Every delivery is in the function's own log, and in the history of its leaf, where it has one. */
export function recordDeliveries(application: string): World["record"] {
  const histories = new Map<string, Recorder>();
  return async (line, leaf) => {
    logLine("delivery", { ...line, ...(leaf === undefined ? {} : { leaf }) });
    if (leaf === undefined) return;
    const history = histories.get(leaf) ?? awsRecord({ application, leaf }, STREAM, logLine);
    histories.set(leaf, history);
    await history(line);
  };
}
