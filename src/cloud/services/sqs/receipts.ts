import { AwsError } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { Found } from "./shared.ts";
import { messages, type MessageRow } from "./state.ts";

/** "A receipt handle is associated with a specific instance of receiving a message": it names both. */
export const writeHandle = (queue: string, row: MessageRow): string => Buffer.from(`${queue} ${row.id} ${row.receipt}`).toString("base64");

export interface Handled {
  row: MessageRow;
  /** True for the handle of the message's last reception. */
  newest: boolean;
}

/**
 * The message that a handle stands for; undefined when it is gone.
 * @throws AwsError ReceiptHandleIsInvalid for what is no handle, or that of another queue's message.
 */
export function readHandle(store: Store, { scope, queue }: Found, handle: string | undefined): Handled | undefined {
  const [name, id = "", receipt] = Buffer.from(handle ?? "", "base64")
    .toString()
    .split(" ");
  if (name !== queue.name || receipt === undefined)
    throw new AwsError("ReceiptHandleIsInvalid", `The input receipt handle "${handle}" is not a valid receipt handle.`, { status: 404 });
  const row = messages(store, scope, queue.name).get(id);
  return row && { row, newest: row.receipt === receipt };
}
