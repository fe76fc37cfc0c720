import type { Clock } from "../../core/clock.ts";
import { NotSupported } from "../../core/errors.ts";
import type { Ids } from "../../core/ids.ts";
import type { EventsPort, LambdaPort, MetricsPort, ScalingPort, SnsPort } from "../../core/ports.ts";
import { bind } from "../../core/service.ts";
import type { Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import { AlarmEngine } from "./engine/engine.ts";
import { ofValue } from "./metrics/aggregate.ts";
import { MetricStore } from "./metrics/metric-store.ts";
import * as alarmOperations from "./operations/alarms.ts";
import * as dashboardOperations from "./operations/dashboards.ts";
import { GetMetricData } from "./operations/get-metric-data.ts";
import { GetMetricStatistics } from "./operations/get-metric-statistics.ts";
import { ListMetrics } from "./operations/list-metrics.ts";
import { PutMetricAlarm } from "./operations/put-metric-alarm.ts";
import { PutMetricData } from "./operations/put-metric-data.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";

/** What CloudWatch needs of the rest of the cloud. */
export interface CloudWatchPorts {
  store: Store;
  clock: Clock;
  ids: Ids;
  events: EventsPort;
  sns: SnsPort;
  lambda: LambdaPort;
  scaling: ScalingPort;
}

/** What its handlers are given. */
export interface CloudWatchDeps extends CloudWatchPorts {
  metrics: MetricStore;
  engine: AlarmEngine;
}

const PutCompositeAlarm = (): never => {
  throw new NotSupported("cloudwatch", "PutCompositeAlarm");
};

/** Amazon CloudWatch: metrics, metric math, alarms and dashboards. See README.md for what it has and what it lacks. */
export function createCloudWatch(ports: CloudWatchPorts): Service & MetricsPort {
  const metrics = new MetricStore(ports);
  metrics.load();
  const engine = new AlarmEngine({ ...ports, metrics });
  const deps: CloudWatchDeps = { ...ports, metrics, engine };
  return {
    name: "cloudwatch",
    signingNames: ["monitoring"],
    sdk: () => import("@aws-sdk/client-cloudwatch"),
    protocols: ["rpcv2Cbor", "awsJson1_0", "awsQuery"],
    xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    apiVersion: "2010-08-01",
    operations: bind(deps, {
      PutMetricData,
      GetMetricData,
      GetMetricStatistics,
      ListMetrics,
      PutMetricAlarm,
      PutCompositeAlarm,
      ...alarmOperations,
      ...dashboardOperations,
      ListTagsForResource,
      TagResource,
      UntagResource,
    }),
    access,
    start: () => engine.start(),
    stop: () => engine.stop(),
    reset: () => metrics.reset(),
    put(scope, namespace, data) {
      for (const { name, dimensions, value, count, unit, at, storageResolution } of data) {
        const entry = { at: at ?? ports.clock.now(), unit: unit ?? "None", aggregate: ofValue(value, count), resolution: storageResolution ?? 60 };
        metrics.add(scope, { namespace, name, dimensions }, entry);
      }
      engine.wake();
    },
  };
}
