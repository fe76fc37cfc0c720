import { ecrImage, type EcrImage, repositoryUri } from "../../core/image-address.ts";
import type { RegistryImage, RegistryPort } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import { dropTag, findImage, imagesAt } from "./content/images.ts";
import type { EcrParts } from "./index.ts";
import { issueToken, USER } from "./registry/tokens.ts";
import { repositoryArn } from "./shared.ts";
import { repositories, type RepositoryRow } from "./state.ts";

export function createImagesPort(parts: EcrParts): RegistryPort {
  return {
    resolve: (image) => {
      const named = ecrImage(image);
      return named && resolve(parts, named);
    },
    credentials: (roleArn) => {
      const principal = parts.sessionOf(roleArn, "ecs-pull");
      if (!principal) throw new Error(`${roleArn} is not the ARN of a role`);
      return { username: USER, password: issueToken(parts, principal).password };
    },
    handOver(image, built) {
      const named = ecrImage(image);
      if (named) handOver(parts, named, image, built);
    },
  };
}

function resolve(parts: EcrParts, { name, tag, digest, ...scope }: EcrImage): RegistryImage {
  if (!repositories(parts.store, scope).has(name)) return { kind: "no-repository" };
  const rows = imagesAt(parts, { ...scope, repository: name }).values();
  // Where a name has both, it is the digest that counts, as in Docker.
  const row = findImage(rows, digest === undefined ? { imageTag: tag ?? "latest" } : { imageDigest: digest });
  if (!row) return { kind: "no-image" };
  if (row.inEngine !== undefined) return { kind: "in-engine", digest: row.digest, name: row.inEngine };
  return { kind: "pushed", digest: row.digest, reference: `${repositoryUri(parts.endpoint(), scope, name)}@${row.digest}` };
}

function handOver(parts: EcrParts, named: EcrImage, image: string, { id, size }: { id: string; size: number }): void {
  const { store, clock } = parts;
  const { name, account, region } = named;
  const tag = named.tag ?? "latest";
  const at = { account, region, repository: name };
  if (!repositories(store, at).has(name)) repositories(store, at).set(name, implicitRepository(at, name, clock.now()));
  const table = imagesAt(parts, at);
  const before = table.get(id);
  // Handed over again by every deployment: what has not changed is no new push.
  if (before?.inEngine === image && before.tags.includes(tag)) return;
  dropTag(parts, at, tag);
  table.set(id, {
    digest: id,
    manifest: "",
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    tags: [...(before?.tags.filter((each) => each !== tag) ?? []), tag],
    pushed: clock.now(),
    size,
    blobs: [],
    manifests: [],
    inEngine: image,
  });
}

const implicitRepository = (scope: Scope, name: string, created: number): RepositoryRow => ({
  name,
  arn: repositoryArn(scope, name),
  created,
  mutability: "MUTABLE",
  exclusions: [],
  scanOnPush: false,
  encryption: { encryptionType: "AES256" },
  tags: {},
  implicit: true,
});
