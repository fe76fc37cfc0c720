import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { createAccess } from "./access.ts";
import { CreateApplication, DeleteApplication, GetApplication, ListApplications, UpdateApplication } from "./operations/applications.ts";
import {
  CreateAttributeGroup,
  DeleteAttributeGroup,
  GetAttributeGroup,
  ListAttributeGroups,
  UpdateAttributeGroup,
} from "./operations/attribute-groups.ts";
import {
  AssociateAttributeGroup,
  DisassociateAttributeGroup,
  ListAssociatedAttributeGroups,
  ListAttributeGroupsForApplication,
} from "./operations/group-associations.ts";
import { AssociateResource, DisassociateResource, GetAssociatedResource, ListAssociatedResources } from "./operations/resource-associations.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";

export interface AppRegistryDeps {
  store: Store;
  clock: Pick<Clock, "now">;
  ids: Ids;
  /** Stacks are looked for as the caller. */
  api: Api;
}

const OPERATIONS = {
  AssociateAttributeGroup,
  AssociateResource,
  CreateApplication,
  CreateAttributeGroup,
  DeleteApplication,
  DeleteAttributeGroup,
  DisassociateAttributeGroup,
  DisassociateResource,
  GetApplication,
  GetAssociatedResource,
  GetAttributeGroup,
  ListApplications,
  ListAssociatedAttributeGroups,
  ListAssociatedResources,
  ListAttributeGroups,
  ListAttributeGroupsForApplication,
  ListTagsForResource,
  TagResource,
  UntagResource,
  UpdateApplication,
  UpdateAttributeGroup,
};

/** AppRegistry of AWS Service Catalog, whose name in policies and signatures it shares. See README.md. */
export function createAppRegistry(deps: AppRegistryDeps): Service {
  return {
    name: "servicecatalog",
    signingNames: ["servicecatalog"],
    sdk: () => import("@aws-sdk/client-service-catalog-appregistry"),
    loadLate: true,
    protocols: ["restJson1"],
    apiVersion: "2020-06-24",
    operations: bind(deps, OPERATIONS),
    access: createAccess(deps.store),
  };
}
