import type { AssociationOption, ResourceType } from "@aws-sdk/client-service-catalog-appregistry";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** What applications and attribute groups have in common. */
export interface EntityRow {
  id: string;
  arn: string;
  name: string;
  description?: string;
  created: number;
  updated: number;
  /** The user's own; those that AppRegistry adds are not among them. */
  tags: Record<string, string>;
  /** Of the request that made it. */
  clientToken?: string;
}

/** A stack, or all that has a tag with this value, as part of an application. */
export interface AssociationRow {
  type: ResourceType;
  name: string;
  arn: string;
  at: number;
  options: AssociationOption[];
}

/** Key: its id. */
export interface ApplicationRow extends EntityRow {
  resources: AssociationRow[];
  /** Ids of attribute groups. */
  groups: string[];
}

/** Key: its id. */
export interface AttributeGroupRow extends EntityRow {
  /** JSON. */
  attributes: string;
}

export const applications = (store: Store, scope: Scope): Table<ApplicationRow> => store.table("servicecatalog.applications", scope);
export const attributeGroups = (store: Store, scope: Scope): Table<AttributeGroupRow> => store.table("servicecatalog.attributeGroups", scope);
