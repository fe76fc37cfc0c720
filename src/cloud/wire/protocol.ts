import type { Readable } from "node:stream";
import type { AwsError } from "../core/errors.ts";
import type { ErrorSchema, OperationSchema } from "./schema.ts";

/** A request as it came. */
export interface WireRequest {
  method: string;
  /** Path without the query, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string | undefined>;
  /** Empty where the body comes as `stream`. */
  body: Buffer;
  /** The body as it arrives, of services whose bodies may be large. */
  stream?: AsyncIterable<Uint8Array>;
  /** See `Call.letTimePass`. */
  letTimePass?: <T>(work: Promise<T>) => Promise<T>;
  /** What only those need who hand the request on. */
  client?: () => WireClient;
}

/** Who sent a request, and how it looked on the wire. */
export interface WireClient {
  /** Such as `127.0.0.1`. */
  address: string;
  /** `1.1` */
  httpVersion: string;
  /** Without the question mark. */
  rawQuery: string;
  /** Name and value in turn. */
  rawHeaders: string[];
}

export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  /** Values of Set-Cookie, the one header that cannot be written as one. */
  cookies?: string[];
  /** A stream where the answer may be large; its length is then in the headers. */
  body: string | Uint8Array | Readable;
}

/** What a writer knows besides the value. */
export interface WriteContext {
  requestId: string;
  xmlNamespace: string;
}

/** An error ready for the wire: `shape` is there where the service's model declares the code. */
export interface WireError {
  error: AwsError;
  shape: ErrorSchema | undefined;
}

/** One AWS protocol: reading what a client sends and writing what AWS would answer. Generic over schemas. */
export interface ProtocolCodec {
  /** The input as the SDK's type for the operation. @throws AwsError SerializationException and the like */
  read(operation: OperationSchema, request: WireRequest): Record<string, unknown>;
  write(operation: OperationSchema, output: unknown, context: WriteContext): WireResponse;
  writeError(failure: WireError, context: WriteContext): WireResponse;
}
