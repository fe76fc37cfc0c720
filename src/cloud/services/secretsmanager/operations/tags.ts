import type { TagResourceRequest, UntagResourceRequest } from "@aws-sdk/client-secrets-manager";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { liveSecretOf, withTags } from "../shared.ts";
import { secrets } from "../state.ts";

type Deps = Pick<SecretsManagerParts, "store">;

export function TagResource({ store }: Deps, input: TagResourceRequest, call: Call): object {
  const row = liveSecretOf(store, call, input.SecretId, "TagResource");
  secrets(store, call).update(row.name, { tags: withTags(row.tags, input.Tags) });
  return {};
}

export function UntagResource({ store }: Deps, input: UntagResourceRequest, call: Call): object {
  const row = liveSecretOf(store, call, input.SecretId, "UntagResource");
  const tags = Object.fromEntries(Object.entries(row.tags).filter(([key]) => !input.TagKeys?.includes(key)));
  secrets(store, call).update(row.name, { tags });
  return {};
}
