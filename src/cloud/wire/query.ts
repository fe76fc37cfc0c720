import type { ProtocolCodec, WireError, WireResponse, WriteContext } from "./protocol.ts";
import { QueryReader } from "./query-reader.ts";
import { escapeXml, xmlMembers } from "./xml.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const respond = (status: number, xml: string, requestId: string): WireResponse => ({
  status,
  headers: { "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": requestId },
  body: DECLARATION + xml,
});

const params = (body: Buffer): URLSearchParams => new URLSearchParams(body.toString("utf8"));

/** A service that knows an error by a shorter code in the query protocols (`NotFoundException` is `NotFound`). */
const queryCode = ({ error, shape }: WireError): string => shape?.queryCode ?? error.code;

/** https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
export const awsQuery: ProtocolCodec = {
  read: (operation, request) => (operation.input.isUnitSchema() ? {} : (new QueryReader(params(request.body), false).read(operation.input) as never)),

  write(operation, output, { requestId, xmlNamespace }) {
    const { name } = operation;
    const result = operation.output.isUnitSchema() ? "" : `<${name}Result>${xmlMembers(operation.output, output ?? {})}</${name}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return respond(200, `<${name}Response xmlns="${xmlNamespace}">${result}${metadata}</${name}Response>`, requestId);
  },

  writeError(failure, { requestId, xmlNamespace }: WriteContext) {
    const { error } = failure;
    const type = error.status >= 500 ? "Receiver" : "Sender";
    const detail = `<Type>${type}</Type><Code>${escapeXml(queryCode(failure))}</Code><Message>${escapeXml(error.message)}</Message>`;
    return respond(
      failure.shape?.status ?? error.status,
      `<ErrorResponse xmlns="${xmlNamespace}"><Error>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      requestId,
    );
  },
};

/** https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html */
export const ec2Query: ProtocolCodec = {
  read: (operation, request) => (operation.input.isUnitSchema() ? {} : (new QueryReader(params(request.body), true).read(operation.input) as never)),

  write(operation, output, { requestId, xmlNamespace }) {
    const { name } = operation;
    const members = operation.output.isUnitSchema() ? "<return>true</return>" : xmlMembers(operation.output, output ?? {});
    return respond(200, `<${name}Response xmlns="${xmlNamespace}"><requestId>${requestId}</requestId>${members}</${name}Response>`, requestId);
  },

  writeError({ error }, { requestId }) {
    const detail = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
    return respond(error.status, `<Response><Errors><Error>${detail}</Error></Errors><RequestID>${requestId}</RequestID></Response>`, requestId);
  },
};
