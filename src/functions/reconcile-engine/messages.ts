import type { Announcement } from "./announce.ts";
import type { Message } from "../shared/aws-tell.ts";
import { asSubject } from "../shared/subject.ts";
import type { Config } from "./observation.ts";

export function messageFor({ occasion, why = "reason unknown", until, since }: Announcement, config: Config, now: number): Message {
  const { leaf } = config;
  const where = config.address === "" ? "" : ` at ${config.address}`;
  switch (occasion) {
    case "up":
      return { subject: asSubject(`${leaf} is up`), body: `${leaf} is up${where}.` };
    case "stopped":
      return { subject: asSubject(`${leaf} has stopped: ${why}`), body: `${leaf} has stopped: ${why}.${again(config)}` };
    case "crashed":
      return {
        subject: asSubject(`${leaf} keeps crashing: ${why}`),
        body: `${leaf} ended by itself again and again: ${why}.\nNothing but a person (rouse wake ${leaf}) starts it again before ${iso(until ?? now)}, unless it is deployed anew.`,
      };
    case "left-up":
      return {
        subject: asSubject(`${leaf} has been up for ${hours(now - (since ?? now))}`),
        body: `${leaf} has been up${where} since ${iso(since ?? now)}. ${config.leftUpStop ? "Its watchdog puts it to sleep now." : `rouse sleep ${leaf} puts it to sleep.`}`,
      };
  }
}

const again = ({ address }: Config): string => (address === "" ? "" : `\nA request to ${address} or a start event wakes it.`);

const iso = (at: number): string => new Date(at).toISOString();

const hours = (ms: number): string => (ms < 3_600_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 360_000) / 10} hours`);
