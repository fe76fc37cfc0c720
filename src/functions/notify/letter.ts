import { type Channel, labelOf } from "../shared/alerts.ts";
import type { LambdaNotice } from "../shared/aws-tell.ts";
import { type Notice, OCCASION_ATTRIBUTE, type Occasion, TEST } from "../shared/notice.ts";

/** What is told, for every channel. */
export interface Letter {
  /** The same however often it comes. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly subject: string;
  readonly body: string;
  /** Absent where the message does not say: everybody hears of it then. */
  readonly occasion?: Occasion;
  readonly leaf?: string;
  /** Absent where the publisher speaks to people only. */
  readonly notice?: Notice;
}

/** AWS Lambda developer guide, "Using AWS Lambda with Amazon SNS". */
export interface SnsRecord {
  readonly Sns: {
    readonly MessageId: string;
    readonly Subject?: string | null;
    readonly Message: string;
    readonly Timestamp: string;
    readonly MessageAttributes?: Readonly<Record<string, { readonly Value?: string }>>;
  };
}

export function letterOf({ Sns }: SnsRecord): Letter {
  const lambda = parsed(Sns.Message);
  if (lambda) {
    const { subject, body, ...notice } = lambda;
    const { id, at, occasion, leaf } = notice;
    return { id, at, subject, body, occasion, notice, ...(leaf === undefined ? {} : { leaf }) };
  }
  const occasion = Sns.MessageAttributes?.[OCCASION_ATTRIBUTE]?.Value as Occasion | undefined;
  const subject = Sns.Subject ?? Sns.Message.split("\n")[0]!;
  return { id: Sns.MessageId, at: Sns.Timestamp, subject, body: Sns.Message, ...(occasion ? { occasion } : {}) };
}

function parsed(text: string): LambdaNotice | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const { id, occasion, subject, body } = JSON.parse(text) as Partial<LambdaNotice>;
    return id && occasion && subject !== undefined && body !== undefined ? (JSON.parse(text) as LambdaNotice) : undefined;
  } catch {
    return undefined;
  }
}

/** Who hears of it: those who hear of everything, and those of its leaf; each once, though both lists may name it. */
export function hearers({ occasion }: Letter, lists: readonly (readonly Channel[])[]): Channel[] {
  const wants = ({ on }: Channel): boolean => !on || !occasion || occasion === TEST || on.includes(occasion);
  const seen = new Set<string>();
  return lists.flat().filter((channel) => {
    const key = keyOf(channel);
    return wants(channel) && !seen.has(key) && seen.add(key);
  });
}

/** The same for the same channel, whatever it hears of. */
export const keyOf = (channel: Channel): string => JSON.stringify([channel.kind, labelOf(channel), channel.url ?? "", channel.secret]);
