import { DEFAULT_ACCOUNT, GLOBAL_REGION } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** Key: its name, which is the only one of it in all accounts and regions. */
export interface BucketRow {
  name: string;
  /** Of the owner. */
  account: string;
  region: string;
  created: number;
  versioning?: "Enabled" | "Suspended";
  /** JSON. */
  policy?: string;
  /** What is kept and given back: by the name of the setting, in the form of the API. */
  settings: Record<string, unknown>;
}

/** What an object is stored with, and given back with. */
export interface ObjectHeaders {
  CacheControl?: string;
  ContentDisposition?: string;
  ContentEncoding?: string;
  ContentLanguage?: string;
  ContentType?: string;
  Expires?: string;
  WebsiteRedirectLocation?: string;
  StorageClass?: string;
  ServerSideEncryption?: string;
  SSEKMSKeyId?: string;
  BucketKeyEnabled?: boolean;
}

/** One version of an object, or a delete marker. */
export interface VersionRow {
  /** `null` (the word) where the bucket had no versioning when it was put. */
  versionId: string;
  deleteMarker?: true;
  modified: number;
  /** Name of its file; absent for a delete marker. */
  file?: string;
  size: number;
  /** Without quotes. */
  etag: string;
  headers: ObjectHeaders;
  metadata: Record<string, string>;
  tags: Record<string, string>;
  /** Base64, by member name (`ChecksumCRC32`). */
  checksums: Record<string, string>;
  checksumType?: "FULL_OBJECT" | "COMPOSITE";
  /** Sizes of its parts, for an object that came in parts. */
  parts?: number[];
}

/** Key: the object's key. */
export interface ObjectRow {
  key: string;
  /** The latest first; never empty. */
  versions: VersionRow[];
}

export interface PartRow {
  number: number;
  file: string;
  size: number;
  etag: string;
  modified: number;
  checksums: Record<string, string>;
}

/** Key: its id. */
export interface UploadRow {
  uploadId: string;
  bucket: string;
  key: string;
  initiated: number;
  headers: ObjectHeaders;
  metadata: Record<string, string>;
  tags: Record<string, string>;
  algorithm?: string;
  checksumType?: "FULL_OBJECT" | "COMPOSITE";
  parts: Record<number, PartRow>;
}

/** Buckets are looked up before their account is known, so those of all accounts are in one table. */
const everywhere = { account: DEFAULT_ACCOUNT, region: GLOBAL_REGION };

export const buckets = (store: Store): Table<BucketRow> => store.table("s3.buckets", everywhere);
/** One table per bucket, so that listing one does not touch the others. */
export const objects = (store: Store, bucket: string): Table<ObjectRow> => store.table(`s3.objects/${bucket}`, everywhere);
export const uploads = (store: Store): Table<UploadRow> => store.table("s3.uploads", everywhere);
