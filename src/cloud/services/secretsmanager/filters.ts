import type { Filter } from "@aws-sdk/client-secrets-manager";
import type { SecretRow } from "./state.ts";

const lower = (text: string): string => text.toLowerCase();
const words = (text: string): string[] => lower(text).split(/\s+/).filter(Boolean);

/**
 * What a filter's key looks at, as the User Guide has it ("Find secrets in AWS Secrets Manager"): the beginning of a name, of
 * a description (in any case of letters), of a tag's key or value, of a region; `all` looks for words, anywhere.
 */
const TESTS: Record<string, (row: SecretRow, region: string, value: string) => boolean> = {
  name: (row, _, value) => row.name.startsWith(value),
  description: (row, _, value) => lower(row.description ?? "").startsWith(lower(value)),
  "tag-key": (row, _, value) => Object.keys(row.tags).some((key) => key.startsWith(value)),
  "tag-value": (row, _, value) => Object.values(row.tags).some((text) => text.startsWith(value)),
  "primary-region": (_, region, value) => region.startsWith(value),
  // No service but the user makes secrets here.
  "owning-service": () => false,
  all: (row, _, value) => {
    const texts = [row.name, row.description ?? "", ...Object.entries(row.tags).flat()].map(lower);
    return words(value).every((word) => texts.some((text) => text.includes(word)));
  },
};

/** Whether a secret fits all filters; a filter fits by any of its values. `!` before a value turns it round. */
export function matches(row: SecretRow, region: string, filters: readonly Filter[]): boolean {
  return filters.every(({ Key = "all", Values = [] }) =>
    Values.some((value) => (value.startsWith("!") ? !TESTS[Key]?.(row, region, value.slice(1)) : TESTS[Key]?.(row, region, value))),
  );
}
