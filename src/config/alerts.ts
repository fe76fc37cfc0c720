import { type AlertOccasion, type Alerts, OCCASIONS } from "./alerts-schema.ts";

type Mail = Alerts["email"][number];
type Some = { readonly on?: readonly AlertOccasion[] | undefined };

/** An address, and what it hears of: undefined for everything. */
export const mailOf = (mail: Mail): { address: string; on?: readonly AlertOccasion[] } =>
  typeof mail === "string" ? { address: mail } : { address: mail.address, ...(mail.on ? { on: mail.on } : {}) };

/** Whether somebody is told in another way than by mail. */
export const hasChannels = ({ discord = [], slack = [], webhooks = [] }: Alerts): boolean => discord.length + slack.length + webhooks.length > 0;

/** Who hears of every leaf hears of this one already: one occasion, one message. */
export function withoutAdmins(leaf: Alerts, admin: Alerts): Alerts {
  const { discord, slack, webhooks } = leaf;
  const where = (kept: { readonly [key: string]: unknown }): string => JSON.stringify([kept["secret"], kept["parameter"], kept["key"]]);
  return {
    email: less(leaf.email, admin.email, (mail) => mailOf(mail).address.toLowerCase()),
    ...(discord && { discord: less(discord, admin.discord, where) }),
    ...(slack && { slack: less(slack, admin.slack, where) }),
    ...(webhooks && { webhooks: less(webhooks, admin.webhooks, ({ url }) => url) }),
  };
}

/** What is left of a list of whom to tell: one that another list has, too, hears only of what it does not hear of there. */
function less<T extends string | Some>(own: readonly T[], others: readonly T[] | undefined, keyOf: (one: T) => string): T[] {
  const there = new Map((others ?? []).map((one) => [keyOf(one), occasionsOf(one)]));
  return own.flatMap((one) => {
    const before = there.get(keyOf(one));
    if (!before) return [one];
    const on = occasionsOf(one).filter((occasion) => !before.includes(occasion));
    return on.length === 0 ? [] : [hearing(one, on)];
  });
}

const hearing = <T extends string | Some>(one: T, on: readonly AlertOccasion[]): T =>
  Object.assign({}, typeof one === "string" ? { address: one } : one, { on }) as unknown as T;

const occasionsOf = (one: string | Some): readonly AlertOccasion[] => (typeof one === "string" ? undefined : one.on) ?? OCCASIONS;
