import { NormalizedSchema } from "@smithy/core/schema";

/**
 * Reads the schemas that every `@aws-sdk/client-*` package exports: an operation `RunTask$` is
 * `[9, namespace, name, traits, input, output]`, an error `ClientException$` is `[-3, namespace, name, traits, names,
 * members, required]` (smithy-typescript, `packages/types/src/schema/static-schemas.ts`).
 */

/** One operation: its name, and the schemas of what goes in and comes out. */
export interface OperationSchema {
  name: string;
  input: NormalizedSchema;
  output: NormalizedSchema;
  /** Method, URI template and status, for the REST protocols. */
  http?: { method: string; uri: string; status: number };
  /** Members that must be there; the schemas list them first and count them. */
  required: string[];
  /** True where the body is one member that may be large (the trait `streaming`). */
  streamsInput: boolean;
}

/** An error's shape: how its message member is spelled, and its code and status in the query protocols. */
export interface ErrorSchema {
  name: string;
  messageMember: string;
  queryCode?: string;
  status: number;
  fault: "client" | "server";
}

export interface ServiceSchema {
  operations: Map<string, OperationSchema>;
  errors: Map<string, ErrorSchema>;
}

interface Traits {
  http?: [string, string, number];
  error?: "client" | "server";
  httpError?: number;
  awsQueryError?: [string, number];
}

type RawSchema = [kind: number, namespace: string, name: string, traits: number | Traits, ...rest: unknown[]];

const OPERATION = 9;
const ERROR = -3;

/** The operations and errors that an SDK client package declares. */
export function readServiceSchema(sdk: object): ServiceSchema {
  const operations = new Map<string, OperationSchema>();
  const errors = new Map<string, ErrorSchema>();
  for (const [key, value] of Object.entries(sdk)) {
    if (!key.endsWith("$") || !Array.isArray(value)) continue;
    const raw = value as unknown as RawSchema;
    if (raw[0] === OPERATION) operations.set(raw[2], lazyOperation(raw));
    if (raw[0] === ERROR) errors.set(raw[2], readError(raw));
  }
  return { operations, errors };
}

/** Normalizing hundreds of operations costs time at start; each is done when it is first called. */
function lazyOperation(raw: RawSchema): OperationSchema {
  const traits = typeof raw[3] === "object" ? raw[3] : {};
  let input: NormalizedSchema | undefined;
  let output: NormalizedSchema | undefined;
  let required: string[] | undefined;
  return {
    name: raw[2],
    get input() {
      return (input ??= NormalizedSchema.of(resolve(raw[4]) as never));
    },
    get output() {
      return (output ??= NormalizedSchema.of(resolve(raw[5]) as never));
    },
    get required() {
      return (required ??= requiredMembers(resolve(raw[4])));
    },
    get streamsInput() {
      return this.input.isStructSchema() && [...this.input.structIterator()].some(([, member]) => member.isStreaming());
    },
    ...(traits.http ? { http: { method: traits.http[0], uri: traits.http[1], status: traits.http[2] } } : {}),
  };
}

const resolve = (schema: unknown): unknown => (typeof schema === "function" ? (schema as () => unknown)() : schema) ?? "unit";

function requiredMembers(schema: unknown): string[] {
  if (!Array.isArray(schema) || schema[0] !== 3) return [];
  const names = schema[4] as string[];
  return names.slice(0, (schema[6] as number | undefined) ?? 0);
}

function readError(raw: RawSchema): ErrorSchema {
  const traits = typeof raw[3] === "object" ? raw[3] : {};
  const members = (raw[4] as string[] | undefined) ?? [];
  const fault = traits.error ?? "client";
  return {
    name: raw[2],
    messageMember: members.find((member) => member.toLowerCase() === "message") ?? "message",
    ...(traits.awsQueryError ? { queryCode: traits.awsQueryError[0] } : {}),
    status: traits.awsQueryError?.[1] ?? traits.httpError ?? (fault === "client" ? 400 : 500),
    fault,
  };
}
