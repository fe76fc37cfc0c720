import type { EncryptionConfiguration, ImageTagMutability, ImageTagMutabilityExclusionFilter } from "@aws-sdk/client-ecr";
import { DEFAULT_ACCOUNT, GLOBAL_REGION, type Scope } from "../../core/scope.ts";
import type { Principal } from "../../core/service.ts";
import type { Store, Table } from "../../core/store.ts";

/** Key: its name. */
export interface RepositoryRow {
  name: string;
  arn: string;
  created: number;
  mutability: ImageTagMutability;
  exclusions: ImageTagMutabilityExclusionFilter[];
  scanOnPush: boolean;
  encryption: EncryptionConfiguration;
  tags: Record<string, string>;
  /** JSON, as are the policies of a repository. */
  lifecyclePolicy?: string;
  policy?: string;
  preview?: PreviewRow;
  /** Nobody has created it: it came up with an image that a deployment inside the process handed to the engine. */
  implicit?: true;
}

/** What a life-cycle policy would do, as of its last preview. */
export interface PreviewRow {
  policy: string;
  /** Priority of the rule by which an image would expire, by digest. */
  expiring: Record<string, number>;
}

/** Key: its digest. */
export interface ImageRow {
  digest: string;
  manifest: string;
  mediaType: string;
  tags: string[];
  pushed: number;
  /** When its manifest was last fetched. */
  pulled?: number;
  /** Bytes: of the manifest's layers and configuration. */
  size: number;
  /** Digests of what the manifest names: layers and configuration, and the images of an index. */
  blobs: string[];
  manifests: string[];
  artifactType?: string;
  /** Digest of the image that it says something about. */
  subject?: string;
  /** The name under which the container engine has it. It was built there and never pushed: there is no manifest and no layer. */
  inEngine?: string;
}

/** Something that was uploaded to a repository. Key: its digest. Its bytes are a file of that name, one for all repositories. */
export interface BlobRow {
  digest: string;
  size: number;
  /** When it was uploaded, or last asked for by somebody who pushes. */
  touched: number;
}

/** An upload that has not been completed. Key: its id. */
export interface UploadRow {
  id: string;
  account: string;
  region: string;
  repository: string;
  started: number;
  /** Bytes. */
  received: number;
}

/** Somebody who may use the registry. Key: the password. */
export interface TokenRow {
  principal: Principal;
  expires: number;
}

/** A layer that whoever has the address may fetch. Key: the last part of the address. */
export interface DownloadRow {
  digest: string;
  expires: number;
}

/** Passwords and uploads are looked up before their account is known. */
const everywhere = { account: DEFAULT_ACCOUNT, region: GLOBAL_REGION };

export const repositories = (store: Store, scope: Scope): Table<RepositoryRow> => store.table("ecr.repositories", scope);
/** One table per repository. */
export const images = (store: Store, scope: Scope, repository: string): Table<ImageRow> => store.table(`ecr.images/${repository}`, scope);
export const blobs = (store: Store, scope: Scope, repository: string): Table<BlobRow> => store.table(`ecr.blobs/${repository}`, scope);
export const uploads = (store: Store): Table<UploadRow> => store.table("ecr.uploads", everywhere);
export const tokens = (store: Store): Table<TokenRow> => store.table("ecr.tokens", everywhere);
export const downloads = (store: Store): Table<DownloadRow> => store.table("ecr.downloads", everywhere);
/** Settings of an account's registry, such as BLOB_MOUNTING. */
export const settings = (store: Store, scope: Scope): Table<string> => store.table("ecr.settings", scope);

/** Every repository of every account and region. */
export const allRepositories = (store: Store): { scope: Scope; repository: RepositoryRow }[] =>
  store.scopes("ecr.repositories").flatMap((scope) =>
    repositories(store, scope)
      .values()
      .map((repository) => ({ scope, repository })),
  );
