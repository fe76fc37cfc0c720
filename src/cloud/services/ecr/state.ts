import type { EncryptionConfiguration, ImageTagMutability, ImageTagMutabilityExclusionFilter } from "@aws-sdk/client-ecr";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** Key: its name. */
export interface RepositoryRow {
  name: string;
  arn: string;
  uri: string;
  created: number;
  mutability: ImageTagMutability;
  exclusions: ImageTagMutabilityExclusionFilter[];
  scanOnPush: boolean;
  encryption: EncryptionConfiguration;
  tags: Record<string, string>;
  /** JSON, as are the policies of a repository. */
  lifecyclePolicy?: string;
  policy?: string;
}

/** Key: its digest. */
export interface ImageRow {
  digest: string;
  manifest: string;
  mediaType: string;
  tags: string[];
  pushed: number;
  /** Bytes: of the manifest's layers and configuration. */
  size: number;
}

export const repositories = (store: Store, scope: Scope): Table<RepositoryRow> => store.table("ecr.repositories", scope);
/** One table per repository. */
export const images = (store: Store, scope: Scope, repository: string): Table<ImageRow> => store.table(`ecr.images/${repository}`, scope);
