import type { Json } from "../pattern/json.ts";

/** An event as rules and targets see it (EventBridge User Guide, "AWS service event metadata"). */
export interface Event {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  /** `2026-01-05T00:00:00Z` */
  time: string;
  region: string;
  resources: string[];
  detail: Json;
}

/** Seconds, as in every event. */
export const eventTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
