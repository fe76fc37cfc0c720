import { accessReaders } from "./access.ts";
import { computeReaders } from "./compute.ts";
import { messagingReaders } from "./messaging.ts";
import { networkReaders } from "./network.ts";
import { observabilityReaders } from "./observability.ts";
import type { Reader } from "./reader.ts";

/** The types that drift can be detected of. A resource of another type is NOT_CHECKED, as AWS says of types without drift support. */
export const readers: Readonly<Record<string, Reader>> = {
  ...accessReaders,
  ...computeReaders,
  ...messagingReaders,
  ...networkReaders,
  ...observabilityReaders,
};
