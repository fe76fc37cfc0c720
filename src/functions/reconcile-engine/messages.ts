import type { Message } from "../shared/aws-tell.ts";
import { noticeOf } from "../shared/notice.ts";
import { asSubject } from "../shared/subject.ts";
import { lastLines, noticeLines } from "../shared/tail.ts";
import { costOf, upAndCost } from "../shared/words.ts";
import type { Announcement } from "./announce.ts";
import type { Config } from "./observation.ts";

/** Details that make a message better, where they are known. */
export interface Details {
  /** How long a task was up that has stopped. */
  readonly upSeconds?: number;
  /** The last lines of what crashed. */
  readonly log?: readonly string[];
}

export function messageFor(announcement: Announcement, config: Config, now: number, details: Details = {}): Message {
  const { occasion, task, why = "reason unknown", until, since } = announcement;
  const { leaf } = config;
  const of = { of: task, now };
  const where = config.address === "" ? "" : ` at ${config.address}`;
  const address = config.address === "" ? {} : { address: config.address };
  switch (occasion) {
    case "up":
      return {
        subject: asSubject(`${leaf} is up`),
        body: `${leaf} is up${where}.`,
        notice: noticeOf(config, { occasion: "ready", ...of }, address),
      };
    case "ended":
    case "stopped": {
      const up = details.upSeconds === undefined ? {} : { upSeconds: details.upSeconds, ...costOf(details.upSeconds, config.hourUsd) };
      const cost = upAndCost(up);
      return {
        subject: asSubject(`${leaf} has stopped: ${why}`),
        body: `${leaf} has stopped: ${why}.${cost === "" ? "" : `\n${cost}`}${again(config)}`,
        notice: noticeOf(config, { occasion: "stopped", ...of }, { why, ...up }),
      };
    }
    case "crashed": {
      const tail = { lines: details.log ?? [] };
      const held = `Nothing but a person (rouse wake ${leaf}) starts it again before ${iso(until ?? now)}, unless it is deployed anew.`;
      return {
        subject: asSubject(`${leaf} keeps crashing: ${why}`),
        body: [`${leaf} ended by itself again and again: ${why}.`, held, ...lastLines(tail)].join("\n"),
        notice: noticeOf(config, { occasion: "crashed", ...of }, { why, ...noticeLines(tail) }),
      };
    }
    case "left-up": {
      const begin = since ?? now;
      const upSeconds = Math.max(0, Math.round((now - begin) / 1000));
      const ends = config.leftUpStop ? "Its watchdog puts it to sleep now." : `rouse sleep ${leaf} puts it to sleep.`;
      return {
        subject: asSubject(`${leaf} has been up for ${hours(now - begin)}`),
        body: `${leaf} has been up${where} since ${iso(begin)}. ${ends}`,
        notice: noticeOf(
          config,
          { occasion: "left-up", ...of },
          {
            ...address,
            why: `it has been up for longer than its watchdog's limit${config.leftUpStop ? ", and is put to sleep" : ""}`,
            upSeconds,
            ...costOf(upSeconds, config.hourUsd),
          },
        ),
      };
    }
  }
}

const again = ({ address }: Config): string => (address === "" ? "" : `\nA request to ${address} or a start event wakes it.`);

const iso = (at: number): string => new Date(at).toISOString();

const hours = (ms: number): string => (ms < 3_600_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 360_000) / 10} hours`);
