import type {
  AddTagsToCertificateRequest,
  ListTagsForCertificateRequest,
  ListTagsForCertificateResponse,
  RemoveTagsFromCertificateRequest,
} from "@aws-sdk/client-acm";
import type { Call } from "../../../core/service.ts";
import type { AcmParts } from "../index.ts";
import { certificates } from "../state.ts";
import { certificateOf, tagRecord } from "./input.ts";

type Deps = Pick<AcmParts, "store">;

export function AddTagsToCertificate({ store }: Deps, input: AddTagsToCertificateRequest, call: Call): void {
  const { arn, tags } = certificateOf(store, call, input.CertificateArn);
  certificates(store, call).update(arn, { tags: { ...tags, ...tagRecord(input.Tags) } });
}

/** "If you specify a value, the tag is removed only if it is associated with the specified value" (RemoveTagsFromCertificate). */
export function RemoveTagsFromCertificate({ store }: Deps, input: RemoveTagsFromCertificateRequest, call: Call): void {
  const { arn, tags } = certificateOf(store, call, input.CertificateArn);
  const isGone = (key: string, value: string): boolean =>
    (input.Tags ?? []).some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
  certificates(store, call).update(arn, { tags: Object.fromEntries(Object.entries(tags).filter(([key, value]) => !isGone(key, value))) });
}

export function ListTagsForCertificate({ store }: Deps, input: ListTagsForCertificateRequest, call: Call): ListTagsForCertificateResponse {
  const { tags } = certificateOf(store, call, input.CertificateArn);
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}
