import type { ProtocolCodec, WireResponse } from "../protocol.ts";
import { readRest, rest, xmlFormat } from "../rest.ts";
import { escapeXml } from "../xml.ts";
import { s3Address } from "./address.ts";
import { decodeChunked } from "./chunked.ts";

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** S3 names a request by headers of its own ("Common response headers", S3 API Reference). */
const withRequestId = (response: WireResponse, requestId: string): WireResponse => {
  delete response.headers["x-amzn-requestid"];
  response.headers["x-amz-request-id"] = requestId;
  return response;
};

const base = rest(xmlFormat, (failure, { requestId }) => {
  const { error } = failure;
  // "REST error responses": the root is Error, and further members stand beside Code and Message.
  const members: Record<string, unknown> = { Code: error.code, Message: error.message, ...error.fields, RequestId: requestId };
  const xml = Object.entries(members).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
  // RFC 9110, 15.4.5: Not Modified has no content.
  const body = error.status === 304 ? "" : `${XML}<Error>${xml.join("")}</Error>`;
  return { status: error.status, headers: { "content-type": "application/xml", "x-amz-request-id": requestId }, body };
});

/** restXml as S3 has it: https://smithy.io/2.0/aws/customizations/s3-customizations.html */
export const restXmlS3: ProtocolCodec = {
  read(operation, request) {
    const { bucket, key } = s3Address(request);
    const labels = { ...(bucket === undefined ? {} : { Bucket: bucket }), ...(key === undefined ? {} : { Key: key }) };
    return readRest(xmlFormat, operation, decodeChunked(request), labels);
  },

  write(operation, output, context) {
    if (operation.name === "GetBucketLocation") return withRequestId(writeLocation(output, context), context.requestId);
    const response = withRequestId(base.write(operation, output, context), context.requestId);
    // RFC 9110, 15.3.7: an answer with a range of the object is a partial one.
    if (response.headers["content-range"] !== undefined) response.status = 206;
    return response;
  },

  writeError: (failure, context) => base.writeError(failure, context),
};

/** The one answer without an element around its member (trait `s3UnwrappedXmlOutput`). */
function writeLocation(output: unknown, { xmlNamespace }: { xmlNamespace: string }): WireResponse {
  const { LocationConstraint: location } = output as { LocationConstraint?: string };
  const text = location === undefined ? "" : escapeXml(location);
  const body = `${XML}<LocationConstraint xmlns="${xmlNamespace}">${text}</LocationConstraint>`;
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}
