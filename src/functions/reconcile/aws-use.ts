import { type CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { LeafId } from "../shared/names.ts";
import { type Watch, watchdogAlarms } from "../shared/watchdog-alarms.ts";
import type { UsedMinute } from "./use.ts";

const MINUTE_MS = 60_000;

/** CloudWatch keeps values by the minute for 15 days (CloudWatch User Guide, "Metrics retention"). */
const KEPT_MS = 15 * 24 * 60 * MINUTE_MS;

/** What the idle alarm looks at, by the minute, the oldest first. @param from and `to`: milliseconds */
export async function readUse(cloudWatch: CloudWatchClient, id: LeafId, watch: Watch, from: number, to: number): Promise<UsedMinute[]> {
  const wanted = ["traffic", "hits"];
  const MetricDataQueries = watchdogAlarms(id, watch).idle.Metrics.map((query) => ({ ...query, ReturnData: wanted.includes(query.Id!) }));
  const StartTime = new Date(Math.floor(Math.max(from, to - KEPT_MS) / MINUTE_MS) * MINUTE_MS);
  const EndTime = new Date(Math.ceil(to / MINUTE_MS) * MINUTE_MS);
  const minutes = new Map<number, { at: number; traffic?: number; queries?: number }>();
  let NextToken: string | undefined;
  do {
    const page = await cloudWatch.send(new GetMetricDataCommand({ MetricDataQueries, StartTime, EndTime, NextToken }));
    for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      for (const [index, time] of Timestamps.entries()) {
        const minute = minutes.get(time.getTime()) ?? { at: time.getTime() };
        minute[Id === "traffic" ? "traffic" : "queries"] = Values[index] ?? 0;
        minutes.set(minute.at, minute);
      }
    }
    ({ NextToken } = page);
  } while (NextToken);
  return [...minutes.values()].sort((a, b) => a.at - b.at);
}
