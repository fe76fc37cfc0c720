import { XmlShapeDeserializer, XmlShapeSerializer } from "@aws-sdk/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../core/errors.ts";

/** Timestamps are ISO 8601 (format 5) unless a trait says otherwise, in every XML protocol. */
const settings = { xmlNamespace: "", serviceNamespace: "", timestampFormat: { useTrait: true, default: 5 as const } };
const writer = new XmlShapeSerializer(settings);
const reader = new XmlShapeDeserializer(settings);

/** The members of a structure as XML elements, without an element around them. */
export function xmlMembers(schema: NormalizedSchema, value: unknown): string {
  const xml = xmlElement(schema, value);
  const start = xml.indexOf(">");
  const end = xml.lastIndexOf("</");
  return end < 0 ? "" : xml.slice(start + 1, end);
}

/** A structure as an XML element under its own name. */
export function xmlElement(schema: NormalizedSchema, value: unknown): string {
  writer.write(schema, value);
  return writer.flush() as string;
}

/** A structure from an XML document. */
export function readXml(schema: NormalizedSchema, text: string): Record<string, unknown> {
  if (text.trim() === "") return {};
  try {
    return reader.read(schema, text) as Record<string, unknown>;
  } catch {
    throw new AwsError("MalformedXML", "The request body is not well-formed XML for this operation.");
  }
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Text made safe for XML; characters that XML 1.0 cannot hold are dropped. */
export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly the characters that XML 1.0 forbids
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/[&<>"']/g, (c) => ESCAPES[c]!);
}
