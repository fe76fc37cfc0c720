import { wildcard } from "../content/images.ts";
import type { ImageRow } from "../state.ts";
import type { Rule } from "./policy.ts";

const DAY_MS = 24 * 3_600_000;

type Image = Pick<ImageRow, "digest" | "tags" | "pushed" | "pulled" | "manifests">;

/**
 * The images that a policy expires at a time, each with the priority of its rule ("Automate the cleanup of images by using
 * lifecycle policies in Amazon ECR", the evaluation of rules): every rule looks at all images, also those that another rule
 * expires; an image that has the tags which a rule asks for is not expired by a rule of lower priority, that is, with a
 * higher number; nor is one that an index refers to.
 */
export function expiring(rules: readonly Rule[], images: readonly Image[], now: number): Map<string, number> {
  const referred = new Set(images.flatMap(({ manifests }) => manifests));
  const result = new Map<string, number>();
  const taken = new Set<string>();
  // Of images that were pushed at the same time, the later one in the list is the newer.
  const newestFirst = images.toReversed().sort((a, b) => b.pushed - a.pushed);
  for (const { rulePriority, selection } of [...rules].sort((a, b) => a.rulePriority - b.rulePriority)) {
    const matching = newestFirst.filter((image) => hasTags(selection, image.tags));
    for (const { digest } of due(selection, matching, now)) if (!taken.has(digest) && !referred.has(digest)) result.set(digest, rulePriority);
    for (const { digest } of matching) taken.add(digest);
  }
  return result;
}

/** "If you specify multiple tags, only the images with all specified tags are selected." */
function hasTags({ tagStatus, tagPrefixList, tagPatternList }: Rule["selection"], tags: readonly string[]): boolean {
  if (tagStatus === "any") return true;
  if (tagStatus === "untagged") return tags.length === 0;
  const tests = tagPrefixList
    ? tagPrefixList.map((prefix) => (tag: string) => tag.startsWith(prefix))
    : (tagPatternList ?? []).map((pattern) => (tag: string) => wildcard(pattern).test(tag));
  return tests.every((test) => tags.some(test));
}

/** @param newestFirst the images with the rule's tags */
function due({ countType, countNumber }: Rule["selection"], newestFirst: readonly Image[], now: number): readonly Image[] {
  if (countType === "imageCountMoreThan") return newestFirst.slice(countNumber);
  const before = now - countNumber * DAY_MS;
  // An image that nobody has pulled counts from its push.
  return newestFirst.filter(({ pushed, pulled }) => (countType === "sinceImagePulled" ? (pulled ?? pushed) : pushed) < before);
}
