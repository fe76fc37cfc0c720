import { createHash } from "node:crypto";
import type { MessageAttributeValue } from "@aws-sdk/client-sqs";

export const md5 = (text: string): string => createHash("md5").update(text, "utf8").digest("hex");

const length = (bytes: Uint8Array): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(bytes.length);
  return out;
};

/**
 * The digest of attributes: by name, each as length and bytes of its name, of its data type, one byte for the transport
 * type (1 text, 2 binary), and length and bytes of its value (SQS Developer Guide, "Calculating the MD5 message digest for
 * message attributes"). Undefined where there are none.
 */
export function md5OfAttributes(attributes: Record<string, MessageAttributeValue>): string | undefined {
  const entries = Object.entries(attributes).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (entries.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Uint8Array): void => void hash.update(length(bytes)).update(bytes);
  for (const [name, { DataType = "", StringValue, BinaryValue }] of entries) {
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.from([DataType.startsWith("Binary") ? 2 : 1]));
    add(DataType.startsWith("Binary") ? (BinaryValue ?? new Uint8Array()) : Buffer.from(StringValue ?? ""));
  }
  return hash.digest("hex");
}
