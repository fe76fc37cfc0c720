import type { Message } from "../shared/aws-tell.ts";
import type { LeafId } from "../shared/names.ts";
import type { Observation, Published } from "./reconcile.ts";

/** Stands behind what was announced last when people were told that this instance is left up: once per wake, by the records' swap. */
const TOLD = " left-up";

/** The records without that word: what they say of the leaf's life. */
export const plain = ({ address, announced }: Published): Published => ({
  address,
  announced: announced.endsWith(TOLD) ? announced.slice(0, -TOLD.length) : announced,
});

const instanceIn = ({ announced }: Published): string | undefined => announced.split(" ")[1];

/**
 * What the records should say when the alarm is known too.
 * @param right what they should say without it
 * @param since when the left-up alarm went off, milliseconds; undefined while it is not in ALARM
 * @returns `due`: people are to be told of it with this change of the records
 */
export function withLeftUp(
  before: Published,
  right: Published,
  { instances, marks }: Observation,
  since: number | undefined,
): { readonly after: Published; readonly due: boolean } {
  const wasUp = instanceIn(before);
  const isUp = instanceIn(right);
  const told = before.announced.endsWith(TOLD);
  // A leaf that its watchdog stops is already on its way down when the alarm's message comes.
  const about = isUp ?? wasUp;
  const launched = instances.find(({ id }) => id === about)?.launchedAt ?? 0;
  const woken = marks.wake ? Date.parse(marks.wake.at) : 0;
  // An alarm that has gone off in the life before, and was not evaluated since, is not about this one.
  const isLeftUp = about !== undefined && since !== undefined && since > Math.max(launched, woken);
  const due = isLeftUp && !(told && about === wasUp);
  const keeps = isUp !== undefined && ((told && isUp === wasUp) || isLeftUp);
  return { after: keeps ? { ...right, announced: `${right.announced}${TOLD}` } : right, due };
}

/** @param upSince milliseconds; when the instance was launched, or it was woken */
export function leftUpMessage(
  about: LeafId & { readonly domain: string; readonly leftUp: { readonly after: number; readonly stop: boolean } },
  { instance, upSince, now }: { readonly instance: string; readonly upSince: number; readonly now: number },
): Message {
  const { application, environment, leaf, domain, leftUp } = about;
  const allowed = duration(leftUp.after);
  return {
    subject: `${leaf} has been up for ${allowed}`,
    body:
      `${domain} is up since ${new Date(upSince).toISOString()}, and its watchdog's limit is ${allowed}. ` +
      (leftUp.stop ? "It is put to sleep now." : `It stays up while it is used; rouse sleep ${leaf} puts it to sleep.`),
    notice: {
      id: `${application}-${environment}-${leaf}-left-up-${instance}`.slice(-128),
      occasion: "left-up",
      application,
      environment,
      leaf,
      at: new Date(now).toISOString(),
      address: domain,
      why: `it has been up for longer than its watchdog's limit of ${allowed}${leftUp.stop ? ", and is put to sleep" : ""}`,
      upSeconds: Math.max(0, Math.round((now - upSince) / 1000)),
    },
  };
}

/** `8 h`, `90 min`. @param seconds whole minutes of them */
const duration = (seconds: number): string => (seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds / 60} min`);
