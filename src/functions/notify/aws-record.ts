import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { logLine, told } from "../shared/log.ts";
import { historyGroupName } from "../shared/names.ts";
import type { World } from "./deliver.ts";

/** Where in a leaf's history the deliveries are. */
export const STREAM = "notify";

/** Every delivery is in the function's own log, and in the history of its leaf, where it has one. */
export function awsRecord(application: string, client: CloudWatchLogsClient = new CloudWatchLogsClient({})): World["record"] {
  return async (line, leaf) => {
    logLine("delivery", { ...line, ...(leaf === undefined ? {} : { leaf }) });
    if (leaf === undefined) return;
    const logGroupName = historyGroupName(application, leaf);
    const logEvents = [{ timestamp: Date.parse(line.at), message: JSON.stringify(line) }];
    const put = () => client.send(new PutLogEventsCommand({ logGroupName, logStreamName: STREAM, logEvents }));
    try {
      await put().catch(async (error: unknown) => {
        if (!(error instanceof ResourceNotFoundException)) throw error;
        await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName: STREAM })).catch((cause: unknown) => {
          if (!(cause instanceof ResourceAlreadyExistsException)) throw cause;
        });
        await put();
      });
    } catch (error) {
      logLine("no-history", { leaf, why: told(error) });
    }
  };
}
